import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../bench/dashboard/browser.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { Person } from './support/person.js';
import { startSystem, type System } from './support/programs.js';

interface Decision {
  readonly id: string;
  readonly action: string;
  readonly steps: readonly { readonly stage: string; readonly data?: Readonly<Record<string, number>> }[];
}

let system: System;
let browser: Browser;
let ada: Person;
let api: ApiClient;
let id: string;

beforeAll(async () => {
  browser = await launchBrowser();
  system = await startSystem({ speed: 60, provisioning: '30s' });
  ada = await Person.arrive(browser, system.urls.api);
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

// One story, in order: each test continues from the end of the previous one.
describe('a new user of the page', () => {
  it('creates the first account, and sees what to do next', async () => {
    await ada.register('ada');
    expect(new URL(ada.page.url()).pathname).toBe('/ui/');
    await ada.page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    await ada.page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    api = await ApiClient.login(system.urls.api, 'ada');
    // The session is a cookie; no credential is readable by scripts.
    const { cookies, origins } = await ada.context.storageState();
    expect(cookies).toMatchObject([{ name: 'auth_token', httpOnly: true, sameSite: 'Lax' }]);
    expect(JSON.stringify(origins)).not.toContain(cookies[0]?.value.slice(0, 20));
  });

  it('creates a cluster, sees errors in the form, and sees it start', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'New cluster' }).click();
    await page.getByRole('link', { name: 'Simulated cloud' }).click();
    await page.getByLabel('Name').fill('web');
    await page.getByRole('textbox', { name: 'Minimum' }).fill('30');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByText('Minimum (30) must not be greater than Maximum (20)').first().waitFor();
    await page.getByRole('textbox', { name: 'Minimum' }).fill('2');
    await page.getByRole('switch', { name: 'Service level' }).click({ force: true });
    await page.getByRole('switch', { name: 'Target tracking' }).click({ force: true });
    await page.getByRole('textbox', { name: 'Before removing, wait for' }).fill('2s');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
    id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page
      .locator('dl', { hasText: 'Lead time' })
      .getByText(/desired/)
      .waitFor();
    expect(await page.locator('canvas').count()).toBe(2);
    await page.getByRole('region', { name: 'Servers' }).getByRole('listitem').nth(2).waitFor();
  });

  it('opens the explanation of a decision', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Explain' }).click();
    const explanation = page.getByRole('dialog', { name: 'Why it decided so' });
    await explanation.getByText('Step by step').waitFor();
    await explanation.getByText('Proposed: target tracking').waitFor();
    expect(page.url()).toContain('decision=');
    await page.keyboard.press('Escape');
    await explanation.waitFor({ state: 'hidden' });
  });

  it('starts a spike, and sees the scale-up within two ticks', async () => {
    const { page } = ada;
    const events = page.getByRole('region', { name: 'Scaling events' });
    const from = new Date().toISOString();
    await page.getByRole('button', { name: 'Simulate' }).click();
    const dialog = page.getByRole('dialog', { name: 'Simulate: web' });
    await dialog.getByRole('textbox', { name: 'CPU to reach, %' }).fill('98');
    await dialog.getByRole('button', { name: 'Cause spike' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await events.getByRole('button', { name: /Scaled up from 3/ }).waitFor();
    const decisions = await eventually('the scale-up is recorded', async () => {
      const { body } = await api.get<{ decisions: Decision[] }>(
        `/clusters/${id}/decisions?from=${from}&limit=500&steps=true`,
      );
      return body.decisions.some(({ action }) => action === 'SCALE_UP') ? body.decisions.toReversed() : undefined;
    });
    // Above the target of 60 % plus 10 % tolerance.
    const seen = decisions.findIndex(
      ({ steps }) => (steps.find(({ stage }) => stage === 'observe')?.data?.['cpu'] ?? 0) > 66,
    );
    const acted = decisions.findIndex(({ action }) => action === 'SCALE_UP');
    expect(acted - seen).toBeLessThan(2);
    // The mark on the axis opens the explanation, like the list.
    await page.getByRole('group', { name: 'Scaling events on the axis' }).getByRole('button').first().click();
    await page
      .getByRole('dialog', { name: 'Why it decided so' })
      .getByText(/Scaled (up|down) from/)
      .waitFor();
    await page.keyboard.press('Escape');
  });

  it('holds a count, and releases it', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Hold' }).click();
    const dialog = page.getByRole('dialog', { name: 'Hold a count by hand' });
    await dialog.getByRole('textbox', { name: 'Servers' }).fill('5');
    await dialog.getByRole('button', { name: /→ 5,|Hold at 5/ }).click();
    await page.getByText(/Held at 5 servers by ada, for/).waitFor();
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByText(/Held at 5 servers by ada, for/).waitFor({ state: 'hidden' });
  });

  it('changes the load pattern, and kills servers', async () => {
    const { page } = ada;
    const dialog = page.getByRole('dialog', { name: 'Simulate: web' });
    await page.getByRole('button', { name: 'Simulate' }).click();
    await dialog.getByRole('combobox', { name: 'Pattern' }).click();
    await page.getByRole('option', { name: 'sine wave' }).click();
    await dialog.getByRole('button', { name: 'Change pattern' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const { body } = await api.get<{ pattern: string }>(`/clusters/${id}/simulation`);
    expect(body.pattern).toBe('sine_wave');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await dialog.getByRole('button', { name: 'Kill servers' }).click();
    await page.getByText('1 server ended without warning.').waitFor();
    const alerts = page.getByRole('region', { name: 'Alerts' });
    await alerts.getByRole('button', { name: /of late/ }).click();
    await alerts.getByText('Servers lost').first().waitFor();
  });

  it('zooms, moves and returns to live, also by URL', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.waitForURL(/from=.*to=/);
    await page.reload();
    await page.getByRole('button', { name: 'Back to live' }).click();
    await page.getByText('30 d', { exact: true }).click();
    await page.waitForURL(/range=30d/);
    // A young cluster's chart begins with it.
    await page.getByText(/^one point per [\d.]+ s$/).waitFor();
  });

  it('runs a backtest on an uploaded trace, views the frontier, and adopts a service level', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Backtests' }).click();
    await page.getByText('A CSV file').click();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'two-days.csv', mimeType: 'text/csv', buffer: twoDays() });
    await page.getByRole('button', { name: 'Run backtest' }).click();
    await page.getByRole('heading', { name: 'Cost against violations' }).waitFor({ timeout: 180_000 });
    await page.getByRole('button', { name: /^Service level 2 %:/ }).press('Enter');
    await page.getByRole('heading', { name: 'Service level 2 %' }).waitFor();
    // Judged by its own promise: in the chart, in the figures, and in the table.
    expect(await page.locator('svg [data-own="0.02"] line').count()).toBe(2);
    await page.getByText(/^at most 2 % promised: (kept|broken)$/).waitFor();
    const judged = page.getByRole('row').filter({ hasText: 'Service level 2 %' });
    await judged.getByText(/^2 %: (kept|broken)$/).waitFor();
    await page.getByRole('button', { name: 'Adopt' }).click();
    await page.getByText('web does it so from now on.').waitFor();
    const { body } = await api.get<{ policy: { slo?: { violations: string } } }>(`/clusters/${id}`);
    expect(body.policy.slo?.violations).toBe('2%');
  });

  it('sees when the service is down, and the page recovers on its own', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Overview' }).click();
    await system.autoscaler.stop('SIGTERM');
    await page.getByText(/Connection lost/).waitFor();
    await system.autoscaler.start();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    // Not only connected: new events arrive, too.
    await api.post(`/clusters/${id}/scale`, { desired_servers: 7, hold_for: '1m' });
    await page.getByText(/Held at 7 servers by ada, for/).waitFor();
  });

  it('logs in again at the same place when the login expires, with unsaved input', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByLabel('Name').fill('web, but better');
    const preview = await page.getByRole('button', { name: 'Try on its history' }).elementHandle();
    await ada.context.clearCookies();
    // What the page reads by itself may notice it first: then the button has gone.
    await preview?.evaluate((button) => (button as { click(): void }).click());
    await page.getByText('Your login has ended.').waitFor();
    await page.getByLabel('Name', { exact: true }).waitFor({ state: 'hidden' });
    await ada.logIn('ada');
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('web, but better');
    await page.getByText('Not saved yet.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });

  it("sees before saving what another policy would have done on the cluster's history", async () => {
    const { page } = ada;
    const violations = page.getByRole('textbox', { name: 'Slow requests' });
    await violations.fill('5');
    await violations.press('Tab');
    const preview = page.getByRole('region', { name: 'What it would have done' });
    await preview.getByRole('button', { name: 'Try on its history' }).click();
    await preview.getByText(/minutes of demand are recorded .* a backtest needs 10/).waitFor();
    // The cluster is a minute old: a trace replaces the history that it would have tomorrow.
    const asked: { range?: string }[] = [];
    await page.route('**/backtests', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      const { range, ...others } = route.request().postDataJSON() as { range?: string };
      asked.push(range === undefined ? {} : { range });
      return route.continue({ postData: JSON.stringify({ ...others, trace: twoDays().toString() }) });
    });
    await preview.getByRole('button', { name: 'Try on its history' }).click();
    const differences = preview.getByRole('table', { name: 'Differences' });
    await differences.getByRole('row', { name: /^Server-hours [\d,.]+ [\d,.]+ (none|[−+][\d,.]+)/ }).waitFor({
      timeout: 100_000,
    });
    for (const name of [/^Servers, mean [\d.]+ [\d.]+/, /^Slow minutes /, /^Scaling actions /])
      await differences.getByRole('row', { name }).waitFor();
    await differences.getByRole('row', { name: /^Service level 2 % promised: .+ 5 % promised: / }).waitFor();
    await preview.getByText('2 d of history were played').waitFor();
    expect(await preview.getByText('This is less than a day.').count()).toBe(0);
    const chart = preview.getByRole('img', { name: /those that each policy would have had/ });
    const legend = (await chart.locator('.u-legend').textContent()) ?? '';
    for (const series of ['demand', 'present policy', 'changed policy']) expect(legend).toContain(series);
    await page.unroute('**/backtests');
    expect(asked).toEqual([{ range: '1d' }]);
    const { body } = await api.get<{ policy: { slo?: { violations: string } } }>(`/clusters/${id}`);
    expect(body.policy.slo?.violations).toBe('2%');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. The next tick obeys.').waitFor();
    const { body: saved } = await api.get<{ policy: { slo?: { violations: string } } }>(`/clusters/${id}`);
    expect(saved.policy.slo?.violations).toBe('5%');
  });

  it('pauses, resumes and deletes the cluster by typing its name', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await page.getByText('Paused: watched, not scaled.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Paused: watched, not scaled.').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete web' });
    expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('web');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    expect((await api.get(`/clusters/${id}`)).status).toBe(404);
  });

  it('gets no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});

/** Two days of a daily wave, every five minutes. */
function twoDays(): Buffer {
  const start = Date.parse('2026-01-05T00:00:00Z');
  const lines = Array.from({ length: 2 * 288 }, (_, index) => {
    const value = Math.round(1000 + 600 * Math.sin((index / 288) * 2 * Math.PI));
    return `${new Date(start + index * 300_000).toISOString()},${value}`;
  });
  return Buffer.from(['timestamp,value', ...lines, ''].join('\n'));
}
