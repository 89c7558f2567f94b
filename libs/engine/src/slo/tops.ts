import { binOf } from './bins.js';
import type { History } from './history.js';
import { logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';
import { priorOf, Shapes } from './shapes.js';

/** Unit of the bins that outcomes are counted in, log ratio to the top. */
export const TOP_SPREAD = 0.4;
/** The top is the highest demand of so many minutes; the recent top of so many. */
const TOP_MINUTES = 60;
const RECENT_MINUTES = 10;
/** Situations are told apart by how far (log ratio) demand is below the top, and the recent top below the top. */
const BELOW = [0.03, 0.1, 0.25, 0.6, 1.3];
const FADED = [0.05, 0.4];
const SITUATIONS = (BELOW.length + 1) * (FADED.length + 1);
/** Steps' worth of all situations that one's own outcomes are mixed with, and of the shape assumed at first. */
const SHRINK = 60;
const PRIOR = 30;

/**
 * What followed in situations that stood like this to the highest demand of the last hour. Bursts come in clusters and reach similar
 * heights: a regression cannot say "back to the top, one time in three", but counting can.
 */
export class Tops implements Remembering {
  private readonly shapes: Shapes;
  private readonly topSteps: number;
  private readonly recentSteps: number;

  /** @param memorySteps decay time of the counts */
  constructor(
    private readonly history: History,
    memorySteps: number,
  ) {
    const steps = (minutes: number): number => Math.max(1, Math.round((history.stepsPerDay * minutes) / 1440));
    this.topSteps = steps(TOP_MINUTES);
    this.recentSteps = steps(RECENT_MINUTES);
    const prior = priorOf((bin) => 0.001 + Math.exp(-(((bin - 25) / 6) ** 2)), PRIOR);
    this.shapes = new Shapes(SITUATIONS, memorySteps, SHRINK, prior);
  }

  memory(): readonly Memory[] {
    return this.shapes.memory();
  }

  /** Logarithm of the top now. */
  top(): number {
    return logOf(this.history.highest(0, this.topSteps));
  }

  /**
   * Which situation this is.
   * @param top as `top` tells
   * @param level logarithm of demand now
   */
  situation(top: number, level: number): number {
    const recent = logOf(this.history.highest(0, this.recentSteps));
    return rank(BELOW, top - level) * (FADED.length + 1) + rank(FADED, top - recent);
  }

  /** @param outcome log ratio of what came to the top at the time */
  learn(situation: number, outcome: number): void {
    this.shapes.learn(situation, binOf(outcome / TOP_SPREAD));
  }

  /** Writes the probability of each bin around the top. */
  fill(situation: number, shape: Float64Array): void {
    this.shapes.fill(situation, shape);
  }
}

/** How many of the rising `edges` the value is beyond. */
function rank(edges: readonly number[], value: number): number {
  let at = 0;
  while (at < edges.length && value > edges[at]!) at++;
  return at;
}
