import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';

export const FOLDER = join('.data', 'screenshots');
export const SCREENS = {
  desktop: { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  narrow: { viewport: { width: 320, height: 700 }, deviceScaleFactor: 1 },
} as const;
const SETTLE_MS = 1500;

export type Screen = keyof typeof SCREENS;
export type Scheme = 'light' | 'dark';

export interface Shown {
  readonly name: string;
  readonly path: string;
  /** A dialog is open: capture only the visible part. */
  readonly over?: boolean;
  /** Opens something on the page. */
  readonly open?: (page: Page) => Promise<void>;
}

export interface Shots {
  readonly browser: Browser;
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string };
}

/** The file of a picture. */
export function fileOf(name: string, screen: Screen, scheme: Scheme): string {
  return join(FOLDER, `${name}-${screen}-${scheme}.png`);
}

/** A context of a person who is logged in; `beforeLogin` sees the page of the login. */
export async function contextOf(
  { browser, url, credentials }: Shots,
  screen: Screen,
  colorScheme: Scheme,
  beforeLogin?: (page: Page) => Promise<void>,
): Promise<BrowserContext> {
  const context = await browser.newContext({ ...SCREENS[screen], colorScheme, baseURL: url, locale: 'en-GB' });
  if (beforeLogin !== undefined) await beforeLogin(await context.newPage());
  await context.request.post('/auth/login', { data: credentials });
  return context;
}

/** Opens a page, and waits until it is live and at rest. */
export async function openShown(page: Page, { path, open }: Shown): Promise<void> {
  await page.goto(`/ui${path}`);
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  await open?.(page);
  await delay(SETTLE_MS);
}

/** Pictures of pages, light and dark, on each of the screens. */
export async function shoot(shots: Shots, screens: readonly Screen[], pages: readonly Shown[]): Promise<void> {
  for (const screen of screens) {
    for (const scheme of ['light', 'dark'] as const) {
      const context = await contextOf(shots, screen, scheme, async (page) => {
        await page.goto('/');
        await page.getByRole('heading', { name: 'Log in' }).waitFor();
        await page.screenshot({ path: fileOf('login', screen, scheme) });
        await page.close();
      });
      const page = await context.newPage();
      for (const shown of pages) {
        await openShown(page, shown);
        const fullPage = !(shown.over ?? shown.open !== undefined);
        await page.screenshot({ path: fileOf(shown.name, screen, scheme), fullPage });
      }
      await context.close();
    }
  }
}
