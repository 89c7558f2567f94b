import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import type { Person } from './support/person.js';
import { styleOf } from './support/style.js';

let started: PageSystem;
let ada: Person;
let page: Page;
let id: string;

/** Texts of canvases, in pixels of each canvas; collected while the page draws them. */
const COLLECT = `
  globalThis.drawnTexts = new Map();
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
    const { a, d, e, f } = this.getTransform();
    const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right, actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = this.measureText(text);
    const box = { text, left: e + a * (x - left), right: e + a * (x + right), top: f + d * (y - up), bottom: f + d * (y + down) };
    const texts = globalThis.drawnTexts.get(this.canvas) ?? [];
    globalThis.drawnTexts.set(this.canvas, [...texts.slice(-400), box]);
    return draw.call(this, text, x, y, ...more);
  };
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    globalThis.drawnTexts.delete(this.canvas);
    return clear.apply(this, area);
  };
`;

interface Text {
  readonly canvas: number;
  readonly text: string;
  readonly cut: boolean;
  readonly over: readonly string[];
}

/** The texts of all canvases of the page: whether an edge cuts one, and which others of its canvas it overlaps. */
async function texts(): Promise<Text[]> {
  return page.evaluate(`[...globalThis.drawnTexts].filter(([canvas]) => canvas.isConnected).flatMap(([canvas, all], index) =>
    all.map((one) => ({
      canvas: index,
      text: one.text,
      cut: one.left < -0.5 || one.right > canvas.width + 0.5 || one.top < -0.5 || one.bottom > canvas.height + 0.5,
      over: all
        .filter((other) => other !== one && other.text !== one.text && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)
        .map(({ text }) => text),
    })))`);
}

beforeAll(async () => {
  started = await startPageSystem();
  ({ ada, page } = started);
  // For all that is opened from here on.
  await ada.context.addInitScript(COLLECT);
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
          const all = await texts();
          return all.some(({ text }) => /^\d\d:\d\d/.test(text)) ? all : undefined;
        });
        expect(drawn.filter(({ cut, over }) => cut || over.length > 0)).toEqual([]);
      }
      const names = (await texts()).map(({ text }) => text);
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
