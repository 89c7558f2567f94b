import type { Random } from '../random.js';

/** Distribution of a random duration; milliseconds. */
export type DurationDraw =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** Log-normal: half of the draws exceed `medianMs`; `spread` is about the relative deviation (0.2: 20 %). */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly spread: number }
  /** Exponential: memoryless, like failures. */
  | { readonly kind: 'exponential'; readonly meanMs: number };

/** A random duration in whole milliseconds. */
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
