import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { violations } from './support/axe.js';
import type { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';

interface Decision {
  readonly id: string;
  readonly listed?: number;
  readonly desired: number;
  readonly policy: string;
}

const TRACKING = { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '2s' };
const THRESHOLD = { sustained_high: '2s', sustained_low: '2s', cooldown_up: '5s', cooldown_down: '5s' };

let open: PageSystem;
let page: Page;
let api: ApiClient;
let web: string;
let both: string;

beforeAll(async () => {
  open = await startPageSystem();
  ({ page, api } = open);
  web = await addWebCluster(api);
  const body = {
    name: 'both',
    min_servers: 2,
    max_servers: 8,
    config: { interval: '1s' },
    policy: { slo: { violations: '1%' }, threshold: THRESHOLD, target_tracking: TRACKING },
  };
  both = (await api.post<{ id: string }>('/clusters', body)).body.id;
  // Starts are measured, the load changes, and a hold ends: decisions of every kind.
  await api.post(`/clusters/${web}/scale`, { desired_servers: 6, hold_for: '1h' });
  await eventually('the cluster has servers', async () => {
    const status = await api.get<{ servers: { active: number } | null }>(`/clusters/${both}/status`);
    return (status.body.servers?.active ?? 0) > 0;
  });
  await api.post(`/clusters/${both}/simulation/spike`, { cpu_target: 97, duration: '10m' });
  await eventually('a start was measured', async () => {
    const { body: level } = await api.get<{ lead_time: { count: number } }>(`/clusters/${web}/service-level`);
    return level.lead_time.count > 0;
  });
});
afterAll(async () => open?.stop());

const explanation = (): Locator => page.getByRole('dialog', { name: 'Why it decided so' });
const tile = (name: string): Locator =>
  page.locator('dl', { hasText: 'Lead time' }).locator('div').filter({ hasText: name }).first();

/** The rows of the waterfall: kind, change and count as drawn; `null`: a row without a count. */
async function drawn(): Promise<{ kind: string; change: number; count: number | null }[]> {
  const rows = await explanation().getByRole('region', { name: 'Steps' }).getByRole('listitem').all();
  return Promise.all(
    rows.map(async (row) => {
      const kind = (await row.getAttribute('data-kind')) ?? '';
      const counts = await row.locator('span > span, span:not(:has(span))').allTextContents();
      const numbers = counts.filter((text) => /^[+−]?[\d,.]+$/.test(text));
      const [last] = numbers.slice(-1);
      const change = numbers.find((text) => /^[+−]/.test(text));
      return {
        kind,
        change: change === undefined ? 0 : Number(change.replace('−', '-')),
        count: last === undefined ? null : Number(last.replace(',', '')),
      };
    }),
  );
}

describe('the waterfall of an explanation', () => {
  it('adds up to the decided count, for decisions of every policy', async () => {
    const found = await eventually('there were several kinds of decisions', async () => {
      const lists = await Promise.all(
        [web, both].map(async (id) => {
          const { body } = await api.get<{ decisions: Decision[] }>(`/clusters/${id}/decisions?limit=200`);
          return body.decisions.map((decision) => ({ ...decision, cluster: id }));
        }),
      );
      const byKind = new Map(lists.flat().map((one) => [`${one.cluster}${one.policy}`, one]));
      return byKind.size >= 3 ? [...byKind.values()] : undefined;
    });
    for (const { id, cluster, desired } of found) {
      await page.goto(`/ui/clusters/${cluster}?decision=${id}`);
      await explanation().getByText('Step by step').waitFor();
      const rows = await drawn();
      const final = rows.at(-1);
      expect(final).toMatchObject({ kind: 'final', count: desired });
      const chain = rows.filter(({ kind, count }) => ['count', 'more', 'less'].includes(kind) && count !== null);
      const [first, ...changes] = chain;
      expect(first?.kind).toBe('count');
      const sum = changes.reduce((total, { change }) => total + change, first?.count ?? NaN);
      expect(sum).toBe(desired);
    }
    expect(await violations(page)).toEqual([]);
  });
});

describe('a figure in two places', () => {
  it('of the lead time is the same on the tile, under Trust and in a decision', async () => {
    const { body } = await api.get<{ lead_time: { planned_ms: number; up_to_ms: number } }>(
      `/clusters/${web}/service-level`,
    );
    // A start takes half a second; the plan keeps the two minutes that it began with, which differ by one step.
    const { up_to_ms: upTo, planned_ms: planned } = body.lead_time;
    expect(upTo).toBeLessThan(planned);
    await page.goto(`/ui/clusters/${web}`);
    const onTile = tile('Lead time').filter({ hasText: 'up to' });
    await onTile.getByText(`the plan uses ${planned / 60_000} min`).waitFor();
    await page.getByRole('button', { name: 'Explain' }).click();
    const inDecision = explanation().getByText(/New servers take up to/);
    await inDecision.waitFor();
    expect(await inDecision.textContent()).toContain(`The plan uses ${planned / 60_000} min, so it looks`);
    await page.goto(`/ui/clusters/${web}/trust`);
    await page
      .getByText(`The plan uses ${planned / 60_000} min: it counts full minutes, and follows small changes late.`)
      .waitFor();
  });
});

describe('the page', () => {
  it('logged no errors', () => {
    expect(open.ada.faults).toEqual([]);
  });
});
