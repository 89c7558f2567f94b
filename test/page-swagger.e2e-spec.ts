import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type PageSystem, startPageSystem } from './support/page-system.js';

let site: PageSystem;
let page: Page;

beforeAll(async () => {
  site = await startPageSystem();
  // Without the cookie of the page, so that only the token counts.
  page = await (await site.browser.newContext()).newPage();
});
afterAll(async () => site?.stop());

describe('Swagger UI', () => {
  it('filters routes by tag', async () => {
    await page.goto(`${site.system.urls.api}/swagger/index.html`);
    await page.locator('#operations-clusters-createCluster').waitFor();
    await page.getByPlaceholder('Filter by tag').fill('connections');
    await page.locator('#operations-connections-createConnection').waitFor();
    await page.locator('#operations-clusters-createCluster').waitFor({ state: 'hidden' });
    expect(await page.locator('.opblock-tag-section').count()).toBe(1);
    await page.getByPlaceholder('Filter by tag').fill('');
  });

  it('keeps the token over a reload, and sends it', async () => {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.locator('#auth-bearer-value').fill(site.api.token);
    await page.getByRole('button', { name: 'Apply credentials' }).first().click();
    await page.reload();
    const route = page.locator('#operations-auth-getCurrentUser');
    await route.getByRole('button').first().click();
    await route.getByRole('button', { name: 'Try it out' }).click();
    await route.getByRole('button', { name: 'Execute' }).click();
    const answer = route.locator('.live-responses-table');
    await answer.getByText('"username": "ada"').waitFor();
    expect(await answer.textContent()).toContain('200');
  });
});
