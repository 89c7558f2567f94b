import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { violations } from './support/axe.js';
import { type ApiClient, PASSWORD } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';
import type { System } from './support/programs.js';

let started: PageSystem;
let system: System;
let browser: Browser;
let api: ApiClient;
let ada: Person;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ system, browser, api, ada, page } = started);
});
afterAll(async () => started?.stop());

interface Definition {
  readonly min_servers: number;
  readonly max_servers: number;
  readonly hold: { readonly desired_servers: number } | null;
}

async function definition(): Promise<Definition> {
  return (await api.get<Definition>(`/clusters/${id}`)).body;
}

/** A cluster of 12 servers that only users change. */
let made = 0;
beforeEach(async () => {
  made += 1;
  const { body } = await api.post<{ id: string }>('/clusters', {
    name: `web ${made}`,
    min_servers: 2,
    max_servers: 200,
    config: { interval: '1s' },
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '1h' } },
    provider: { type: 'simulator', simulated: { servers: 12, base_cpu: 60 } },
  });
  ({ id } = body);
  await eventually('its servers are known', async () => {
    const status = await api.get<{ desired_servers: number | null }>(`/clusters/${id}/status`);
    return status.body.desired_servers === 12;
  });
});

describe('the hold dialog', () => {
  const dialog = () => page.getByRole('dialog', { name: 'Hold a count by hand' });
  const servers = () => dialog().getByRole('textbox', { name: 'Servers' });

  async function open(): Promise<void> {
    await page.goto(`/ui/clusters/${id}`);
    await page.getByRole('button', { name: 'Hold' }).click();
    await servers().waitFor();
    await eventually('it begins with the present count', async () => (await servers().inputValue()) === '12');
  }

  it('never applies another count than was typed, and says why it cannot', async () => {
    await open();
    await servers().fill('999');
    await servers().blur();
    expect(await servers().inputValue()).toBe('999');
    await dialog().getByText("At most 200, this cluster's maximum (max_servers)").waitFor();
    expect(await dialog().getByRole('button', { name: 'Hold' }).isDisabled()).toBe(true);
    await servers().press('Enter');
    await servers().fill('1');
    await dialog().getByText("At least 2, this cluster's minimum (min_servers)").waitFor();
    await servers().press('Enter');
    expect((await definition()).hold).toBeNull();
  });

  it('shows the effect on the button, and applies it', async () => {
    await open();
    await dialog().getByRole('button', { name: 'Hold at 12 servers', exact: true }).waitFor();
    await servers().fill('11');
    await dialog().getByRole('button', { name: '12 → 11, −1 server', exact: true }).waitFor();
    await servers().fill('15');
    await dialog().getByRole('button', { name: '12 → 15, +3 servers', exact: true }).click();
    await page.getByText(/Held at 15 servers by ada, for/).waitFor();
    expect((await definition()).hold).toMatchObject({ desired_servers: 15 });
  });

  it.each([
    {
      typed: '200',
      button: '12 → 200, +188 servers',
      title: 'Add 188 servers to 12?',
      confirm: 'Add 188 servers',
    },
    { typed: '5', button: '12 → 5, −7 servers', title: 'Remove 7 of 12 servers?', confirm: 'Remove 7 servers' },
  ])('asks before it becomes $typed, and a key pressed twice does not confirm', async (example) => {
    await open();
    await servers().fill(example.typed);
    await dialog().getByRole('button', { name: example.button, exact: true }).waitFor();
    await servers().press('Enter');
    await dialog().getByRole('alert').getByText(example.title).waitFor();
    await page.keyboard.press('Enter');
    await servers().waitFor();
    expect(await servers().inputValue()).toBe(example.typed);
    expect((await definition()).hold).toBeNull();
    await dialog().getByRole('button', { name: example.button, exact: true }).click();
    await dialog().getByRole('button', { name: example.confirm, exact: true }).click();
    await page.getByText(new RegExp(`Held at ${example.typed} servers by ada, for`)).waitFor();
  });

  it('removes more than half in steps, and an undo restores it', async () => {
    await api.put(`/clusters/${id}`, { config: { interval: '5s' } });
    await open();
    await servers().fill('3');
    await servers().press('Enter');
    await dialog().getByText('A fifth of the servers goes with each interval').waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Remove 9 servers', exact: true }).click();
    const alerts = page.getByRole('region', { name: 'Alerts' });
    await alerts.getByText('Large change by hand').first().waitFor();
    await alerts.getByRole('button', { name: 'Undo this change' }).click();
    await page.getByText('Undone: bounds and hold are as they were before, and the count goes back.').waitFor();
    expect((await definition()).hold).toBeNull();
    const { body } = await api.get<{ decisions: { desired: number }[] }>(`/clusters/${id}/decisions?limit=100`);
    // No step removed more than a fifth.
    const counts = body.decisions.map(({ desired }) => desired).toReversed();
    expect(counts.filter((count, index) => count < 0.8 * (counts[index - 1] ?? count) - 1)).toEqual([]);
    await eventually('they are back', async () => {
      const status = await api.get<{ desired_servers: number }>(`/clusters/${id}/status`);
      return status.body.desired_servers >= 12;
    });
  });

  it('removes more than half at once if selected', async () => {
    await open();
    await servers().fill('3');
    await servers().press('Enter');
    await dialog().getByRole('checkbox', { name: 'Remove them at once' }).check();
    await dialog().getByRole('button', { name: 'Remove 9 servers', exact: true }).click();
    await page.getByText(/Held at 3 servers by ada, for/).waitFor();
    const path = `/clusters/${id}/decisions?action=SCALE_DOWN`;
    const { body } = await eventually('it is done', async () => {
      const answer = await api.get<{ decisions: { current: number; desired: number }[] }>(path);
      return answer.body.decisions.length > 0 ? answer : undefined;
    });
    expect(body.decisions.at(-1)).toMatchObject({ current: 12, desired: 3 });
    const alerts = page.getByRole('region', { name: 'Alerts' });
    await alerts.getByRole('button', { name: 'Undo this change' }).click();
    await eventually('they are asked for again', async () => {
      const { body: answer } = await api.get<{ decisions: object[] }>(`/clusters/${id}/decisions?action=SCALE_UP`);
      return answer.decisions.length > 0 ? answer : undefined;
    }).then(({ decisions }) => expect(decisions.at(-1)).toMatchObject({ current: 3, desired: 12, code: 'undone' }));
    // What is undone cannot be undone again.
    await alerts.getByRole('button', { name: 'Undo this change' }).waitFor({ state: 'detached' });
  });

  it('offers no undo for servers that existed before the bounds', async () => {
    const { body } = await api.post<{ id: string }>('/clusters', {
      name: `adopted ${made}`,
      min_servers: 1,
      max_servers: 4,
      config: { interval: '1s' },
      policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '1h' } },
      provider: { type: 'simulator', simulated: { servers: 12, base_cpu: 60 } },
    });
    await page.goto(`/ui/clusters/${body.id}`);
    const alerts = page.getByRole('region', { name: 'Alerts' });
    await alerts.getByText('The bounds change the cluster from 12 to 4 servers.', { exact: true }).waitFor();
    expect(await alerts.getByRole('button', { name: 'Undo this change' }).count()).toBe(0);
  });
});

describe('bounds that remove or add servers', () => {
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });

  it('ask for confirmation before they halve the count, and show it on the button', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Maximum').fill('10');
    await page.getByRole('button', { name: 'Save: 12 → 10, −2 servers', exact: true }).waitFor();
    await field('Maximum').fill('5');
    await page.getByRole('button', { name: 'Save: 12 → 5, −7 servers', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'These bounds change the count' });
    await dialog.getByRole('alert').getByText('Remove 7 of 12 servers?').waitFor();
    await dialog.getByRole('button', { name: 'Back' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await definition()).toMatchObject({ max_servers: 200 });
    await page.getByRole('button', { name: 'Save: 12 → 5, −7 servers', exact: true }).click();
    await dialog.getByRole('button', { name: 'Remove 7 servers', exact: true }).click();
    await page.getByText('Saved. The next tick obeys.').last().waitFor();
    expect(await definition()).toMatchObject({ max_servers: 5 });
  });

  it('ask for confirmation before they more than double it', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Minimum').fill('30');
    await page.getByRole('button', { name: 'Save: 12 → 30, +18 servers', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Add 18 servers', exact: true }).click();
    await page.getByText('Saved. The next tick obeys.').last().waitFor();
    expect(await definition()).toMatchObject({ min_servers: 30 });
  });
});

describe('pages without permission', () => {
  it('say so, and are not opened', async () => {
    await api.post('/users', { username: 'vera', password: PASSWORD, role: 'viewer' });
    const vera = await Person.arrive(browser, system.urls.api);
    await vera.logIn('vera');
    for (const [path, sentence] of [
      ['/ui/clusters/new', 'Viewers cannot create clusters'],
      ['/ui/operations/users', 'Only admins can open this page'],
      ['/ui/operations/audit', 'Only admins can open this page'],
    ] as const) {
      await vera.page.goto(path);
      await vera.page.getByRole('heading', { name: sentence }).waitFor();
      expect(await vera.page.getByRole('textbox').count()).toBe(0);
    }
    expect(vera.faults).toEqual([]);
    await vera.context.close();
  });
});

describe('a read-only account', () => {
  it('sees clusters of others if an admin allows it, without controls, until it is disabled', async () => {
    await api.post('/users', { username: 'olga', password: PASSWORD, role: 'operator' });
    const olga = await Person.arrive(browser, system.urls.api);
    await olga.logIn('olga');
    await olga.page.getByRole('heading', { name: 'No clusters yet' }).waitFor();
    await page.goto('/ui/operations/users');
    const account = page.getByRole('row', { name: /^olga/ });
    await account.getByRole('combobox', { name: 'What olga sees' }).click();
    await page.getByRole('option', { name: 'all clusters' }).click();
    await page.getByText('olga sees all clusters now.').waitFor();
    await eventually('she sees it', async () => {
      await olga.page.goto(`/ui/clusters/${id}/policy`);
      await olga.page.getByText('You can read this policy but not change it.').waitFor({ timeout: 5000 });
      return true;
    });
    expect(await olga.page.getByRole('button', { name: /Hold|Save|More actions/ }).count()).toBe(0);
    await account.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('olga is disabled: its logins end now.').waitFor();
    await olga.page.getByText('Your login has ended.').waitFor();
    await account.getByRole('button', { name: 'Enable' }).click();
    await page.getByText('olga can log in again.').waitFor();
    await olga.logIn('olga');
    expect(olga.faults).toEqual([]);
    await olga.context.close();
  });
});

describe('the whole page', () => {
  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
