import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';

let tested: PageSystem;
let page: Page;
let id: string;

beforeAll(async () => {
  tested = await startPageSystem();
  ({ page } = tested);
  id = await addWebCluster(tested.api);
});
afterAll(async () => tested?.stop());

const servers = () => page.locator('dl', { hasText: 'Lead time' }).locator('div', { hasText: 'Servers' }).first();
const field = (label: string) => page.getByRole('textbox', { name: label });

/** A backtest of a short trace. @returns its id */
async function playedBacktest(): Promise<string> {
  const rows = Array.from({ length: 60 }, (_, minute) => `2026-01-05T00:${String(minute).padStart(2, '0')}:00Z,100`);
  const { body } = await tested.api.post<{ id: string }>(`/clusters/${id}/backtests`, {
    trace: `timestamp,value\n${rows.join('\n')}\n`,
    compare: ['hpa'],
    promises: ['1%'],
  });
  await eventually('it is played', async () => {
    const { body: job } = await tested.api.get<{ status: string }>(`/clusters/${id}/backtests/${body.id}`);
    return job.status === 'done';
  });
  return body.id;
}

// One story: the cost is not stated, stated, and removed.
describe('what a cluster costs', () => {
  it('is not shown, and never 0, while it is not stated', async () => {
    await page.goto(`/ui/clusters/${id}`);
    await servers()
      .getByText(/desired/)
      .waitFor();
    expect(await servers().textContent()).not.toContain('an hour');
    await page.goto(`/ui/clusters/${id}/backtests/${await playedBacktest()}`);
    await page.getByRole('columnheader', { name: 'Server hours' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Cost' }).count()).toBe(0);
  });

  it('is stated in the form, which says what is wrong with it', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Cost of a server hour').fill('0.25');
    await field('Currency').fill('xyz');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('currency must be a code of ISO 4217').first().waitFor();
    await field('Currency').fill('eur');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    const { body } = await tested.api.get<{ cost: object }>(`/clusters/${id}`);
    expect(body.cost).toEqual({ per_server_hour: 0.25, currency: 'EUR' });
    expect(await violations(page)).toEqual([]);
  });

  it('stands beside the servers', async () => {
    await page.goto(`/ui/clusters/${id}`);
    await servers()
      .getByText(/€\d+\.\d\d an hour|€0\.\d+ an hour/)
      .waitFor();
    await eventually('it is the price of all of them', async () => {
      const { body } = await tested.api.get<{ servers: { active: number }; cost_per_hour: { amount: number } }>(
        `/clusters/${id}/status`,
      );
      return body.cost_per_hour.amount === 0.25 * body.servers.active;
    });
  });

  it.each([1440, 390])('stands beside the server hours of a backtest, at %i pixels', async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/ui/clusters/${id}/backtests/${await playedBacktest()}`);
    const row = page.getByRole('row').filter({ has: page.getByRole('button', { name: 'HPA 60 %', exact: true }) });
    await row.waitFor();
    const cells = await row.getByRole('cell').allTextContents();
    expect(Number(cells[5]?.replace('€', ''))).toBeCloseTo(0.25 * Number(cells[4]), 1);
    await page.locator('dl').getByText('at €0.25 per server hour').waitFor();
    await page.getByRole('button', { name: /^HPA 60 %: .*costs .* the least, €/ }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('is removed with the empty field', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Cost of a server hour').fill('');
    await field('Currency').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await tested.api.get<{ cost: unknown }>(`/clusters/${id}`)).body.cost).toBeNull();
    expect(tested.ada.faults).toEqual([]);
  });
});
