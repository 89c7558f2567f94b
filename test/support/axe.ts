import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { eventually } from './eventually.js';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Violations that axe finds on the current page: rule, element and reason. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    // Animations are finished first: fading elements have no final contrast.
    `document.getAnimations().forEach((each) => each.cancel()); axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Violation[];
  return found.flatMap(({ id: rule, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${rule}: ${html}\n${failureSummary}`),
  );
}

/** How long a page may take to follow a change of its width: some parts are rendered again. */
const SETTLES_MS = 10_000;

/** Horizontal overflow of the page, pixels, once there is none or the page has had time to settle. */
export async function overflow(page: Page): Promise<number> {
  const measure = async () =>
    Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
  await eventually('the page fits', async () => (await measure()) <= 0, SETTLES_MS).catch(() => undefined);
  return measure();
}
