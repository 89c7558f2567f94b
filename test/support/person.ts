import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD } from './client.js';

/** A user in front of the page. Errors of the page are collected, so that a test can check that there are none. */
export class Person {
  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    /** Errors of the page itself; error responses are not included. */
    readonly faults: readonly string[],
  ) {}

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: url,
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      // Chromium without a locale uses en-US@posix, which is not a language tag.
      locale: 'en-GB',
      ...options,
    });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      const refused = /Failed to load resource|WebSocket connection|ERR_CONNECTION/.test(message.text());
      if (message.type() === 'error' && !refused) faults.push(message.text());
    });
    await page.goto('/');
    return new Person(page, context, faults);
  }

  /** Creates an account and logs in. */
  async register(username: string): Promise<void> {
    const { page } = this;
    await page.getByRole('heading', { level: 1 }).waitFor();
    const link = page.getByRole('button', { name: 'Create an account' });
    const first = page.getByRole('heading', { name: 'Create the first account' });
    await first.or(link).waitFor();
    if (!(await first.isVisible())) await link.click();
    await page.getByLabel('Username').fill(username);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: `Account of ${username}` }).waitFor();
  }

  async logIn(username: string): Promise<void> {
    const { page } = this;
    await page.getByLabel('Username').fill(username);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: `Account of ${username}` }).waitFor();
  }
}
