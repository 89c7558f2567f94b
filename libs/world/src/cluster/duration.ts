import type { Random } from '../random.js';

/** How long something takes, drawn anew each time; milliseconds. */
export type DurationDraw =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** Log-normal: half of the draws are longer than `medianMs`; `spread` is about the relative deviation (0.2: 20 %). */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly spread: number }
  /** Exponential: memoryless, as failures are. */
  | { readonly kind: 'exponential'; readonly meanMs: number };

/** One duration in whole milliseconds. */
export function drawDuration(draw: DurationDraw, random: Random): number {
  switch (draw.kind) {
    case 'fixed':
      return Math.round(draw.ms);
    case 'uniform':
      return Math.round(draw.minMs + (draw.maxMs - draw.minMs) * random.next());
    case 'lognormal':
      return Math.round(draw.medianMs * Math.exp(draw.spread * random.normal()));
    case 'exponential':
      return Math.round(draw.meanMs * random.exponential());
  }
}
