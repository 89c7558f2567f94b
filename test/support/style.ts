import type { Locator } from 'playwright-core';

interface Window {
  getComputedStyle(element: unknown): Readonly<Record<string, string>>;
}

/** A computed style of the first element; it is read in the page, of which these tests have no types. */
export async function styleOf(locator: Locator, property: string): Promise<string> {
  return locator
    .first()
    .evaluate((element, name) => (globalThis as unknown as Window).getComputedStyle(element)[name] ?? '', property);
}
