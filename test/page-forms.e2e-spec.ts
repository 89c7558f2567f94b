import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { violations } from './support/axe.js';
import type { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { type PageSystem, startPageSystem } from './support/page-system.js';
import { Person } from './support/person.js';

interface Definition {
  readonly min_servers: number;
  readonly max_servers: number;
  readonly config: { readonly interval?: string };
  readonly policy: { readonly target_tracking?: { readonly metrics: readonly { readonly target: number }[] } };
}

let started: PageSystem;
let api: ApiClient;
let ada: Person;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem({ speed: 60 });
  ({ api, ada, page } = started);
});
afterAll(async () => started?.stop());

let made = 0;
beforeEach(async () => {
  made += 1;
  const { body } = await api.post<{ id: string }>('/clusters', {
    name: `web ${made}`,
    min_servers: 2,
    max_servers: 9,
    config: { interval: '1s' },
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] } },
  });
  ({ id } = body);
});

async function definition(): Promise<Definition> {
  return (await api.get<Definition>(`/clusters/${id}`)).body;
}

const field = (name: string) => page.getByRole('textbox', { name, exact: true });
const save = () => page.getByRole('button', { name: 'Save' }).click();
const saved = () => page.getByText('Saved. The next tick obeys.').last().waitFor();

describe('the policy form', () => {
  it('does not treat an empty count as none, nor an empty target as the minimum', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    for (const name of ['Minimum', 'Maximum', 'Target']) {
      await field(name).fill('');
      await field(name).blur();
      expect(await field(name).inputValue()).toBe('');
      await save();
      await field(name).and(page.locator(':focus[aria-invalid=true]')).waitFor();
      await page.getByText('Nothing was changed: 1 field is wrong.').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
    }
    expect(await definition()).toMatchObject({
      min_servers: 2,
      policy: { target_tracking: { metrics: [{ target: 60 }] } },
    });
  });

  it('shows all errors at once, beside their fields and by their labels, and focuses the first', async () => {
    await page.goto('/ui/clusters/new/simulator');
    await page.getByRole('switch', { name: 'Target tracking' }).click({ force: true });
    await field('Minimum').fill('30');
    await field('Maximum').fill('9');
    await field('Target').fill('');
    await field('Decide every').fill('soon');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    for (const [name, error] of [
      ['Name', 'Name must have 1 to 100 characters'],
      ['Minimum', 'Minimum (30) must not be greater than Maximum (9)'],
      ['Target', 'Target must be a number'],
      ['Decide every', 'Decide every must be a duration'],
    ] as const) {
      await page.getByText(error).waitFor();
      expect(await field(name).getAttribute('aria-invalid')).toBe('true');
    }
    await field('Name').and(page.locator(':focus')).waitFor();
    await page.getByText('Nothing was changed: 4 fields are wrong.').waitFor();
    expect(await page.locator('form').textContent()).not.toMatch(/min_servers|max_servers/);
    expect(await violations(page)).toEqual([]);
    await field('Name').fill('');
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  });

  it('shows the range of shares, and their errors', async () => {
    await page.goto('/ui/clusters/new/simulator');
    const form = page.locator('form');
    await form.getByText('Above 0 %, at most 50 %: share of all requests').waitFor();
    await form.getByText('Above 1 %, at most 100 %: utilization of the cluster').waitFor();
    await field('Name').fill(`shares ${made}`);
    await page.getByRole('textbox', { name: 'Slow requests', exact: true }).fill('51');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await form.getByText(/must be a percentage .*, above 0% and at most 50%/).waitFor();
    await field('Name').fill('');
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  });

  it('removes the interval when its field is cleared', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Decide every').fill('');
    await save();
    await saved();
    expect(await field('Decide every').inputValue()).toBe('');
    expect((await definition()).config).toEqual({});
  });

  it('keeps the focus when another metric is selected', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    const metric = page.getByRole('combobox', { name: 'Metric', exact: true });
    await metric.click();
    await page.getByRole('option', { name: 'Memory, %' }).click();
    await eventually('memory is chosen', async () => (await metric.inputValue()) === 'Memory, %');
    await metric.and(page.locator(':focus')).waitFor();
  });

  it('follows an adopted candidate, and has no draft that would undo it', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Target').fill('20');
    await page.getByRole('button', { name: 'Try without acting' }).click();
    await page.getByRole('button', { name: 'Adopt' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await field('Target').inputValue()).toBe('60');
    // The overview is updated without a reload, and requests the candidate's decisions.
    const asked = page.waitForRequest(/decisions\?.*policy_role=candidate.*SCALE_UP/);
    await page.getByRole('link', { name: 'Overview' }).click();
    await asked;
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByRole('button', { name: 'Adopt' }).click();
    await eventually('the form shows it', async () => (await field('Target').inputValue()) === '20');
    expect(await page.getByText('Not saved yet.').count()).toBe(0);
    await page.getByRole('button', { name: 'Adopt' }).waitFor({ state: 'hidden' });
    expect((await definition()).policy.target_tracking?.metrics[0]?.target).toBe(20);
  });

  it("does not overwrite another user's change", async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Target').fill('20');
    // The page gets no event before it saves.
    let isDeaf = true;
    await page.route(new RegExp(`/clusters/${id}$`), async (route) => {
      if (route.request().method() === 'GET') await eventually('it hears', () => !isDeaf);
      await route.continue();
    });
    await api.put(`/clusters/${id}`, { max_servers: 12 });
    await save();
    await page.getByRole('alert').filter({ hasText: 'reload it and try again' }).waitFor();
    isDeaf = false;
    await page.getByText('This cluster has changed since you began to type').waitFor();
    await save();
    await saved();
    await page.unrouteAll();
    await eventually('the form shows both', async () => (await field('Maximum').inputValue()) === '12');
    expect(await definition()).toMatchObject({
      max_servers: 12,
      policy: { target_tracking: { metrics: [{ target: 20 }] } },
    });
  });

  it('requests a candidate only if there is one', async () => {
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() === 404) refused.push(response.url());
    });
    await page.goto(`/ui/clusters/${id}/policy`);
    await page.getByText('What it would have done').waitFor();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    expect(refused).toEqual([]);
  });
});

describe('the registration', () => {
  it("has the service's rules as hints, and shows every rule that is broken", async () => {
    const visitor = await Person.arrive(started.browser, started.system.urls.api);
    const form = visitor.page.locator('form');
    await visitor.page.getByRole('button', { name: 'Create an account' }).click();
    const parts = ['an uppercase letter', 'a lowercase letter', 'a number', 'a special character'];
    const hint = (await form.getByText('At least 8 characters').textContent()) ?? '';
    for (const part of parts) expect(hint).toContain(part);
    await form.getByText('3 to 50 characters: letters, digits and underscores').waitFor();
    await form.getByLabel('Username').fill('a b');
    await form.getByRole('textbox', { name: 'Password' }).fill('…');
    await form.getByRole('button', { name: 'Create account' }).click();
    await form.getByText('Username must consist of letters').waitFor();
    await form.getByLabel('Username').and(visitor.page.locator(':focus')).waitFor();
    await form.getByLabel('Username').fill('carl');
    await form.getByRole('button', { name: 'Create account' }).click();
    for (const part of parts.slice(0, 3)) await form.getByText(`Password must contain ${part}`).waitFor();
    await form.getByText('Password must have at least 8 characters').waitFor();
    await visitor.context.close();
  });
});

describe('unsaved changes', () => {
  const dialog = () => page.getByRole('dialog', { name: 'Leave without saving?' });

  async function leave(): Promise<void> {
    await page.getByRole('link', { name: 'Overview' }).click();
    await dialog().waitFor();
  }

  it('are not lost by a click on another page: it asks, and the draft is kept', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Maximum').fill('17');
    await leave();
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Stay' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(await field('Maximum').inputValue()).toBe('17');
    await leave();
    await dialog().getByRole('button', { name: 'Leave, keep the draft' }).click();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
    await page.getByRole('link', { name: 'Policy' }).click();
    await page.getByText('Not saved yet.').waitFor();
    expect(await field('Maximum').inputValue()).toBe('17');
    expect((await definition()).max_servers).toBe(9);
    await leave();
    await dialog().getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
    await page.getByRole('link', { name: 'Policy' }).click();
    await eventually('the draft is gone', async () => (await field('Maximum').inputValue()) === '9');
    await field('Maximum').fill('12');
    await save();
    await saved();
    // Nothing is unsaved now, so nothing asks.
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('region', { name: 'Timeline' }).waitFor();
  });

  it('of a new cluster are kept, and creating it asks nothing', async () => {
    await page.goto('/ui/clusters/new/simulator');
    await field('Name').fill(`drafted ${made}`);
    await page.getByRole('link', { name: 'Connections' }).click();
    await dialog().getByRole('button', { name: 'Leave, keep the draft' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Clusters', exact: true }).first().click();
    await page.getByRole('link', { name: 'New cluster' }).click();
    await page.getByRole('link', { name: 'Simulated cloud' }).click();
    expect(await field('Name').inputValue()).toBe(`drafted ${made}`);
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByRole('heading', { name: `drafted ${made}`, level: 1 }).waitFor();
  });

  it('are asked for before the tab is closed', async () => {
    await page.goto(`/ui/clusters/${id}/policy`);
    await field('Maximum').click();
    await field('Maximum').fill('17');
    const asked = page.waitForEvent('dialog');
    const gone = page.goto('/ui/').catch(() => null);
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.accept();
    await gone;
  });
});

describe('the dialog to delete a cluster', () => {
  it('needs a new confirmation after it was closed', async () => {
    await page.goto(`/ui/clusters/${id}`);
    const dialog = page.getByRole('dialog', { name: `Delete web ${made}` });
    for (const last of [false, true]) {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog.getByRole('textbox').waitFor();
      expect(await dialog.getByRole('textbox').inputValue()).toBe('');
      expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
      if (last) break;
      await dialog.getByRole('textbox').fill(`web ${made}`);
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'hidden' });
    }
  });
});

describe('a cluster that another user', () => {
  it('changes is shown in its new state, and a deleted one is removed', async () => {
    await page.goto(`/ui/clusters/${id}`);
    await page.getByRole('heading', { name: `web ${made}`, level: 1 }).waitFor();
    await api.put(`/clusters/${id}`, { name: 'of another name', max_servers: 12 });
    await page.getByRole('heading', { name: 'of another name', level: 1 }).waitFor();
    await page.getByText('2 to 12 servers').waitFor();
    await api.delete(`/clusters/${id}`);
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  });
});

describe('an open form when the login expires', () => {
  it('is kept for the next login, also if only the clock ended the login', async () => {
    await page.route(
      '**/auth/me',
      async (route) => {
        const response = await route.fetch();
        const json = { ...((await response.json()) as object), expires_at: new Date(Date.now() + 3000).toISOString() };
        await route.fulfill({ response, json });
      },
      { times: 1 },
    );
    await page.goto('/ui/clusters/new/simulator');
    await field('Name').fill('half typed');
    await ada.context.clearCookies();
    await page.getByText('Your login has ended.').waitFor();
    await ada.logIn('ada');
    expect(await field('Name').inputValue()).toBe('half typed');
  });
});

describe('the whole page', () => {
  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
