import type { BrowserContext, Page } from 'playwright-core';

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

/** A text of a canvas: whether an edge cuts it, and which others of its canvas it overlaps. */
export interface DrawnText {
  readonly canvas: number;
  readonly text: string;
  readonly cut: boolean;
  readonly over: readonly string[];
}

/** Collects the texts of canvases on all pages that are opened from here on. */
export async function collectDrawnTexts(context: BrowserContext): Promise<void> {
  await context.addInitScript(COLLECT);
}

/** The texts of all canvases of the page. */
export async function drawnTexts(page: Page): Promise<DrawnText[]> {
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
