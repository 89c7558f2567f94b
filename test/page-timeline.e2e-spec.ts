import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { violations } from './support/axe.js';
import { drawnColumns } from './support/canvas.js';
import type { ApiClient } from './support/client.js';
import { collectDrawnLines, colorNamed, drawnLines } from './support/colors.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';

let open: PageSystem;
let ada: Person;
let page: Page;
let api: ApiClient;
let id: string;

beforeAll(async () => {
  open = await startPageSystem();
  ({ api } = open);
  id = await addWebCluster(api);
  const policy = { target_tracking: { metrics: [{ metric: 'cpu', target: 30 }] } };
  await api.put(`/clusters/${id}/candidate`, { policy });
  await eventually('the candidate has decided', async () => {
    const { body } = await api.get<{ trial: (number | null)[] }>(`/clusters/${id}/timeline?range=5m`);
    return body.trial.filter((count) => count !== null).length > 3;
  });
  ada = await Person.arrive(open.browser, open.system.urls.api, { timezoneId: 'Asia/Tokyo', acceptDownloads: true });
  await ada.logIn('ada');
  ({ page } = ada);
  await page.goto(`/ui/clusters/${id}?range=5m`);
  await page.getByText('one point per').waitFor();
});
afterAll(async () => open?.stop());

const timeline = (): Locator => page.getByRole('region', { name: 'Timeline' });

describe('the chart of a cluster', () => {
  it('has two panels, and names the band of the forecast and the line of the trial', async () => {
    await timeline().getByText('Forecast, 50 to 99 %').waitFor();
    await timeline().getByText('On trial', { exact: true }).waitFor();
    expect(await timeline().locator('canvas').count()).toBe(2);
    expect(await violations(page)).toEqual([]);
  });

  it('begins with a young cluster, in a resolution for its age', async () => {
    await page.goto(`/ui/clusters/${id}?range=30d`);
    await timeline()
      .getByText(/^one point per [\d.]+ s$/)
      .waitFor();
    await eventually('it is drawn from its left edge on', async () => {
      const panels = await drawnColumns(page);
      const first = panels.map(({ width, empty }) => (empty[0]?.[0] === 0 ? empty[0][1] / width : 0));
      return first.length === 2 && first.every((share) => share < 0.2);
    });
    await page.goto(`/ui/clusters/${id}?range=5m`);
    await page.getByText('one point per').waitFor();
  });

  it('has the line of an HPA, named in the legend and in the words of the moment', async () => {
    await collectDrawnLines(ada.context);
    await page.reload();
    const legend = timeline().locator('dl > div').filter({ hasText: 'HPA at 60 %' });
    await legend.filter({ hasText: /\d$/ }).waitFor();
    const color = await colorNamed(page, '--hpa');
    await eventually('it is drawn', async () => (await drawnLines(page)).some((colors) => colors.includes(color)));
    const slider = page.getByRole('slider', { name: 'Moment on the time axis' });
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/, \d+ with an HPA at 60 %/);
  });

  it.each(['On trial', 'HPA at 60 %'])('has a verdict: %s', async (name) => {
    const verdict = timeline().getByText(new RegExp(`^${name}: In`));
    await verdict.waitFor();
    expect(await verdict.textContent()).toMatch(
      /^[^:]+: In [\d.]+ (s|min|min \d+ s) it would have used .* servers, with \d+ slow minutes?\.$/,
    );
  });

  it('shows times in the local time zone or in UTC, and remembers which', async () => {
    const at = async (): Promise<number> => {
      const [hours = '', minutes = ''] = ((await timeline().locator('dl dd').first().textContent()) ?? '').split(':');
      return Number(hours) * 60 + Number(minutes);
    };
    const ahead = (minutes: number): number => {
      const now = new Date();
      return (minutes - now.getUTCHours() * 60 - now.getUTCMinutes() + 2 * 1440) % 1440;
    };
    const zone = timeline().getByRole('radiogroup', { name: 'Time zone' });
    await zone.getByText('Local (UTC+09)').waitFor();
    expect(Math.abs(ahead(await at()) - 540)).toBeLessThan(3);
    await zone.getByText('UTC', { exact: true }).click();
    await eventually('the times are in UTC', async () => [0, 1, 2, 1439, 1438].includes(ahead(await at())));
    await page.reload();
    await page.getByText('one point per').waitFor();
    expect([0, 1, 2, 1439, 1438]).toContain(ahead(await at()));
  });

  it('can be saved as CSV, with units, time zone and the recorded values', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      timeline().getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('web-timeline.csv');
    const [header = '', ...lines] = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    const columns = header.split(',');
    expect(columns.slice(0, 4)).toEqual(['time (UTC)', 'demand (servers)', 'highest demand (servers)', 'mean CPU (%)']);
    expect(columns).toContain('wanted by the policy on trial (servers)');
    expect(columns).toContain('HPA at 60 % would have run (servers)');
    const rows = lines.map((line) => line.split(','));
    expect(rows.every((cells) => cells.length === columns.length && /^[\d-]+T[\d:]+Z$/.test(cells[0] ?? ''))).toBe(
      true,
    );
    const { body } = await api.get<{ timestamps: string[]; demand: (number | null)[] }>(
      `/clusters/${id}/timeline?range=10m&points=1000`,
    );
    const recorded = new Map(body.timestamps.map((time, index) => [time.slice(0, 19), body.demand[index]]));
    const exact = rows.filter(
      ([time = '', demand]) => demand !== '' && recorded.get(time.slice(0, 19)) === Number(demand),
    );
    expect(exact.length).toBeGreaterThan(2);
  });
});

describe('a browser whose language is no language tag', () => {
  it('gets the charts, too', async () => {
    const guest = await Person.arrive(open.browser, open.system.urls.api);
    await guest.context.addInitScript(
      `Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix', configurable: true })`,
    );
    await guest.page.reload();
    await guest.logIn('ada');
    await guest.page.goto(`/ui/clusters/${id}?range=5m`);
    const chart = guest.page.getByRole('region', { name: 'Timeline' });
    await chart.getByText('one point per').waitFor();
    expect(await chart.locator('canvas').count()).toBe(2);
    expect(guest.faults).toEqual([]);
    await guest.context.close();
  });
});

describe('the page Trust', () => {
  it('begins with a picture, and a sentence on what was above the 99 % line', async () => {
    const total = {
      timestamp: new Date().toISOString(),
      coverage: { '0.5': 0.5, '0.9': 0.9, '0.99': 0.99 },
      pinball: { '0.5': 0.2, '0.9': 0.1, '0.99': 0.03 },
      bias: 0.1,
      settled: 100,
      reactive: 0,
    };
    await page.route(`**/clusters/${id}/trust?*`, async (route) => {
      const response = await route.fetch();
      const horizons = [{ horizon_ms: 180_000, total, buckets: [total] }];
      await route.fulfill({ response, json: { ...((await response.json()) as object), horizons } });
    });
    await page.goto(`/ui/clusters/${id}/trust`);
    const first = page.getByRole('main').getByRole('region').first();
    await first.getByText('Of 100 minutes, 1 was above the 99 % line.').waitFor();
    await first.getByRole('img', { name: /What was forecast for each time/ }).waitFor();
    const coverage = page.getByRole('img', { name: /^Coverage of the/ });
    expect(await coverage.isVisible()).toBe(false);
    await first.getByText('Details').click();
    await coverage.waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('logged no page errors', () => {
    expect([...ada.faults, ...open.ada.faults]).toEqual([]);
  });
});
