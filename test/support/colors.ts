import type { BrowserContext, Page } from 'playwright-core';

/** Strokes of a path are the lines of series; the grid, bounds and limits are drawn without one. */
const COLLECT = `
  globalThis.drawnLines = new Map();
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    if (path[0] instanceof Path2D && this.lineWidth > 0) {
      globalThis.drawnLines.set(this.canvas, (globalThis.drawnLines.get(this.canvas) ?? new Set()).add(this.strokeStyle));
    }
    return stroke.apply(this, path);
  };
`;

/** Collects the colors of lines on all pages that are opened from here on. */
export async function collectDrawnLines(context: BrowserContext): Promise<void> {
  await context.addInitScript(COLLECT);
}

/** The colors of the lines of each canvas of the page, as the canvas names them: `#1971c2`, `rgba(25, 113, 194, 0.2)`. */
export async function drawnLines(page: Page): Promise<string[][]> {
  return page.evaluate(
    `[...globalThis.drawnLines].filter(([canvas]) => canvas.isConnected).map(([, colors]) => [...colors])`,
  );
}

/** A color of the style sheet, such as `--surface`. */
export async function colorNamed(page: Page, name: string): Promise<string> {
  return page.evaluate(`getComputedStyle(document.documentElement).getPropertyValue('${name}').trim()`);
}

type Triple = readonly [number, number, number];

/** How different two colors look on a surface: the distance in OKLab, in which black and white are 1 apart. */
export function distance(one: string, other: string, surface: string): number {
  const [a, b] = [labOf(on(one, surface)), labOf(on(other, surface))];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Red, green, blue and opacity, from 0 to 1. */
function parsed(color: string): readonly [...Triple, number] {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(color)?.[1];
  if (hex !== undefined) {
    const long = hex.length === 3 ? hex.replaceAll(/./g, '$&$&') : hex;
    const [red = 0, green = 0, blue = 0, alpha = 255] = (long.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    return [red / 255, green / 255, blue / 255, alpha / 255];
  }
  const parts = /^rgba?\((.*)\)$/.exec(color)?.[1]?.split(',').map(Number);
  if (parts === undefined) throw new Error(`not a color: ${color}`);
  const [red = 0, green = 0, blue = 0, alpha = 1] = parts;
  return [red / 255, green / 255, blue / 255, alpha];
}

function on(color: string, surface: string): Triple {
  const [red, green, blue, alpha] = parsed(color);
  const below = parsed(surface);
  const mixed = (value: number, under: number): number => alpha * value + (1 - alpha) * under;
  return [mixed(red, below[0]), mixed(green, below[1]), mixed(blue, below[2])];
}

/** sRGB to OKLab (https://bottosson.github.io/posts/oklab/). */
function labOf(color: Triple): Triple {
  const linear = color.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const [r = 0, g = 0, b = 0] = linear;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
