import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import type { Person } from './support/person.js';
import { styleOf } from './support/style.js';
import { collectDrawnTexts, drawnTexts } from './support/texts.js';

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ ada, page } = started);
  await collectDrawnTexts(ada.context);
  id = await addWebCluster(started.api);
});
afterAll(async () => started?.stop());

describe('the labels of the timeline', () => {
  it.each([320, 390, 768, 1440])(
    'are whole and apart in a window of %i pixels, wherever the axis ends',
    async (width) => {
      await page.setViewportSize({ width, height: 900 });
      // The labels move through the right edge of the canvas.
      const end = Date.parse('2026-01-05T12:00:00Z');
      for (const offset of [0, 20_000, 40_000, 60_000, 90_000, 120_000]) {
        const [from, to] = [end - 900_000 + offset, end + offset].map((time) => new Date(time).toISOString());
        await page.goto(`/ui/clusters/${id}?from=${from}&to=${to}`);
        await page.getByText('one point per').waitFor();
        const drawn = await eventually('the time axis has labels', async () => {
          const all = await drawnTexts(page);
          return all.some(({ text }) => /^\d\d:\d\d/.test(text)) ? all : undefined;
        });
        expect(drawn.filter(({ cut, over }) => cut || over.length > 0)).toEqual([]);
      }
      const names = (await drawnTexts(page)).map(({ text }) => text);
      expect(names).toEqual(expect.arrayContaining(['50 %', 'promised limit 90 %', 'at least 2']));
    },
  );

  it('have a color of their own for each series', async () => {
    const swatches = await page.getByRole('region', { name: 'Timeline' }).locator('dl dt span').all();
    const colors = await Promise.all(swatches.map(async (swatch) => styleOf(swatch, 'backgroundColor')));
    expect(colors.length).toBeGreaterThanOrEqual(6);
    expect(new Set(colors).size).toBe(colors.length);
  });

  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
