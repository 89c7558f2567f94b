import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import { collectDrawnLines, colorNamed, distance, drawnLines } from './support/colors.js';
import type { Person } from './support/person.js';
import { styleOf } from './support/style.js';
import { collectDrawnTexts, drawnTexts } from './support/texts.js';

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;
let backtest: string;

/** Blue and the teal of before, which look alike in thin lines, are 0.1 apart; red and orange are 0.14 apart. */
const LEAST_DISTANCE = 0.11;
/** Lines without a color of their own, such as the edges of a band, are drawn transparent. */
const isOpaque = (color: string): boolean => !/^rgba\(0, 0, 0, 0\)$/.test(color);

beforeAll(async () => {
  started = await startPageSystem();
  ({ ada, page } = started);
  await collectDrawnTexts(ada.context);
  await collectDrawnLines(ada.context);
  const { api } = started;
  id = await addWebCluster(api);
  await api.put(`/clusters/${id}/candidate`, { policy: { threshold: {} } });
  const start = Date.UTC(2026, 0, 5);
  const trace = Array.from(
    { length: 200 },
    (_, at) => `${new Date(start + at * 300_000).toISOString()},${100 + (at % 50)}`,
  );
  const request = { trace: ['timestamp,value', ...trace, ''].join('\n'), promises: ['1%'] };
  backtest = (await api.post<{ id: string }>(`/clusters/${id}/backtests`, request)).body.id;
  await eventually('the backtest is done', async () => {
    const { body } = await api.get<{ status: string }>(`/clusters/${id}/backtests/${backtest}`);
    return body.status === 'done';
  });
});
afterAll(async () => started?.stop());

describe('the labels of the timeline', () => {
  it.each([320, 390, 768, 1440])(
    'are whole and apart in a window of %i pixels, wherever the axis ends',
    async (width) => {
      await page.setViewportSize({ width, height: 900 });
      // The labels move through the right edge of the canvas.
      const end = Date.parse('2026-01-05T12:00:00Z');
      for (const offset of [0, 20_000, 40_000, 60_000, 90_000, 120_000]) {
        const [from, to] = [end - 900_000 + offset, end + offset].map((time) => new Date(time).toISOString());
        await page.goto(`/ui/clusters/${id}?from=${from}&to=${to}`);
        await page.getByText('one point per').waitFor();
        const drawn = await eventually('the time axis has labels', async () => {
          const all = await drawnTexts(page);
          return all.some(({ text }) => /^\d\d:\d\d/.test(text)) ? all : undefined;
        });
        expect(drawn.filter(({ cut, over }) => cut || over.length > 0)).toEqual([]);
      }
      const names = (await drawnTexts(page)).map(({ text }) => text);
      expect(names).toEqual(expect.arrayContaining(['50 %', 'promised limit 90 %', 'at least 2']));
    },
  );

  it('have a color of their own for each series', async () => {
    const swatches = await page.getByRole('region', { name: 'Timeline' }).locator('dl dt span').all();
    const colors = await Promise.all(swatches.map(async (swatch) => styleOf(swatch, 'backgroundColor')));
    expect(colors.length).toBeGreaterThanOrEqual(6);
    expect(new Set(colors).size).toBe(colors.length);
  });
});

describe('lines of one chart', () => {
  beforeAll(async () => page.setViewportSize({ width: 1280, height: 900 }));
  afterAll(async () => page.emulateMedia({ colorScheme: null }));

  const shown = (path: string): string => `/ui/clusters/${id}${path}`;

  it.each([
    ['a cluster', 'light', () => shown('?range=5m'), 10],
    ['a cluster', 'dark', () => shown('?range=5m'), 10],
    ['a backtest', 'light', () => shown(`/backtests/${backtest}`), 4],
    ['a backtest', 'dark', () => shown(`/backtests/${backtest}`), 4],
  ] as const)('of %s, %s, differ in color, as they are drawn', async (_name, colorScheme, path, least) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(path());
    const charts = await eventually('all lines are drawn', async () => {
      const found = (await drawnLines(page)).map((colors) => colors.filter(isOpaque));
      return found.some((colors) => colors.length >= least) ? found : undefined;
    });
    const surface = await colorNamed(page, '--surface');
    for (const colors of charts) {
      const pairs = colors.flatMap((one, index) => colors.slice(index + 1).map((other) => [one, other] as const));
      expect(pairs.filter(([one, other]) => distance(one, other, surface) < LEAST_DISTANCE)).toEqual([]);
    }
  });

  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
