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

// A box that scrolls may cut its content. An ellipsis says that there is more, which a title or the details of a row
// must show. What is positioned above the page, such as its head, covers text on purpose. A line box is higher than its letters.
const MEASURE = `(() => {
  const found = [];
  const lines = [];
  const short = (text) => JSON.stringify(text.trim().replace(/\\s+/g, ' ').slice(0, 60));
  const nameOf = (element) => element.tagName.toLowerCase() + (element.className && typeof element.className === 'string' ? '.' + element.className.split(' ').at(-1) : '');
  const shownWhole = '[title], [data-may-be-cut]';
  const scrolls = (overflow) => overflow === 'auto' || overflow === 'scroll';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (node.textContent.trim() === '' || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION', 'title'].includes(parent.tagName)) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const clips = [];
    let layer = null;
    let hidden = false;
    for (let box = parent; box !== null && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.clipPath !== 'none' || style.clip !== 'auto') hidden = true;
      if (style.position === 'fixed' || style.position === 'sticky') layer ??= box;
      if (style.display !== 'inline' && (style.overflowX !== 'visible' || style.overflowY !== 'visible')) clips.push([box, style]);
    }
    if (hidden) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 1 || bottom - top < 1) continue;
      const rest = 0.15 * (bottom - top);
      let shown = { left, right, top: top + rest, bottom: bottom - rest };
      let sideways = false;
      let upwards = false;
      for (const [box, style] of clips) {
        sideways ||= scrolls(style.overflowX);
        upwards ||= scrolls(style.overflowY);
        const outer = box.getBoundingClientRect();
        const isClamped = style.webkitLineClamp !== 'none';
        const isCut = !sideways && Math.max(outer.left - shown.left, shown.right - outer.right) > 1.5;
        const isLow = !upwards && (shown.bottom > outer.bottom || shown.top < outer.top) && (isClamped || (shown.top < outer.bottom && shown.bottom > outer.top));
        if ((isCut && style.textOverflow === 'ellipsis') || (isLow && isClamped)) {
          if (box.closest(shownWhole) === null && parent.closest(shownWhole) === null) found.push('an ellipsis without a title: ' + short(node.textContent));
        } else if (isCut || isLow) found.push('cut: ' + short(node.textContent) + ' by ' + nameOf(box));
        shown = { left: Math.max(shown.left, outer.left), right: Math.min(shown.right, outer.right), top: Math.max(shown.top, outer.top), bottom: Math.min(shown.bottom, outer.bottom) };
      }
      if (shown.right <= shown.left || shown.bottom <= shown.top) continue;
      if (!sideways && (shown.left < -0.5 || shown.right > innerWidth + 0.5)) found.push('cut: ' + short(node.textContent) + ' by the window');
      lines.push({ ...shown, node, layer, left: shown.left + 1, right: shown.right - 1 });
    }
  }
  for (const field of document.querySelectorAll('input[readonly]')) {
    if (field.checkVisibility() && field.type !== 'hidden' && field.scrollWidth > field.clientWidth + 1) found.push('cut: ' + short(field.value) + ' in its field');
  }
  lines.sort((one, other) => one.top - other.top);
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) {
      if (other.top >= one.bottom) break;
      if (other.node === one.node || other.layer !== one.layer) continue;
      if (one.left < other.right && other.left < one.right) found.push('over each other: ' + short(one.node.textContent) + ' and ' + short(other.node.textContent));
    }
  });
  return [...new Set(found)];
})()`;

/** Texts of the page that are cut, by the window or another box, or overlap; those of canvases, too, where they are collected. */
export async function faultyTexts(page: Page): Promise<string[]> {
  const found = (await page.evaluate(MEASURE)) as string[];
  const drawn = (await page.evaluate('globalThis.drawnTexts !== undefined')) === true ? await drawnTexts(page) : [];
  return [
    ...found,
    ...drawn.flatMap(({ text, cut, over }) => [
      ...(cut ? [`cut: ${JSON.stringify(text)} by a canvas`] : []),
      ...over.map((other) => `over each other: ${JSON.stringify(text)} and ${JSON.stringify(other)} of a canvas`),
    ]),
  ];
}
