import type { Page } from 'playwright-core';

/** Pixels of the plotted part of a canvas: without axis labels, from the left. */
export interface Drawn {
  readonly width: number;
  /** Ranges of columns without a line or a fill, first and last column; grid, bounds and limits do not count. */
  readonly empty: readonly (readonly [number, number])[];
}

/**
 * Which columns of the panels of the timeline are drawn, top to bottom. Lines and fills are colored; the grid and the
 * bounds are gray, and the promised limit, of which red is the strongest and green the weakest part, is left out.
 */
export async function drawnColumns(page: Page): Promise<Drawn[]> {
  return page.evaluate(`[...document.querySelectorAll('section[aria-label="Timeline"] .uplot')].map((plot, panel) => {
    const canvas = plot.querySelector('canvas');
    const ratio = devicePixelRatio;
    const over = plot.querySelector('.u-over').getBoundingClientRect();
    const outer = canvas.getBoundingClientRect();
    const [left, top] = [over.left - outer.left, over.top - outer.top];
    const [width, height] = [Math.floor(over.width), Math.floor(over.height)];
    const { data } = canvas.getContext('2d').getImageData(left * ratio, top * ratio, width * ratio, height * ratio);
    const least = panel === 0 ? 22 : 35;
    const isDrawn = (column) => {
      for (let row = 0; row < height * ratio; row += 1) {
        const at = 4 * (row * width * ratio + Math.round(column * ratio));
        const [red, green, blue, alpha] = data.slice(at, at + 4);
        if (alpha === 0) continue;
        const share = alpha / 255;
        const strength = share * (Math.max(red, green, blue) - Math.min(red, green, blue));
        if (strength > least && !(red > blue && blue > green)) return true;
      }
      return false;
    };
    const empty = [];
    for (let column = 0; column < width; column += 1) {
      if (isDrawn(column)) continue;
      const last = empty.at(-1);
      if (last !== undefined && last[1] === column - 1) last[1] = column;
      else empty.push([column, column]);
    }
    return { width, empty };
  })`);
}
