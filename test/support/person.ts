import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD } from './client.js';

/** Somebody in front of the page. What goes wrong in it is kept, so that a test can say that nothing did. */
export class Person {
  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    /** Faults of the page itself; an answer that says no is none. */
    readonly faults: readonly string[],
  ) {}

  static async arrive(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: url,
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      // A Chromium without a locale calls itself en-US@posix, which is no language.
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

  /** Makes an account, and is in. */
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
