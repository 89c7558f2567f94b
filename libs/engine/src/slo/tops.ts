import { binOf } from './bins.js';
import type { History } from './history.js';
import { logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';
import { priorOf, Shapes } from './shapes.js';

/** Unit of the outcome bins, log ratio to the peak. */
export const TOP_SPREAD = 0.4;
/** Periods of the peak and of the recent peak. */
const TOP_MINUTES = 60;
const RECENT_MINUTES = 10;
/** Situations are grouped by how far demand, and the recent peak, are below the peak (log ratio). */
const BELOW = [0.03, 0.1, 0.25, 0.6, 1.3];
const FADED = [0.05, 0.4];
const SITUATIONS = (BELOW.length + 1) * (FADED.length + 1);
/** Weight of all situations when mixed with a single one, and of the prior, in steps. */
const SHRINK = 60;
const PRIOR = 30;

/**
 * Outcomes by how demand relates to the peak of the last hour. Bursts come in clusters and reach similar heights: a
 * regression cannot express "back to the peak, one time in three", but counting can.
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

  /** Logarithm of the current peak. */
  top(): number {
    return logOf(this.history.highest(0, this.topSteps));
  }

  /**
   * Index of the current situation.
   * @param top as returned by `top`
   * @param level logarithm of current demand
   */
  situation(top: number, level: number): number {
    const recent = logOf(this.history.highest(0, this.recentSteps));
    return rank(BELOW, top - level) * (FADED.length + 1) + rank(FADED, top - recent);
  }

  /** @param outcome log ratio of the outcome to the peak at that time */
  learn(situation: number, outcome: number): void {
    this.shapes.learn(situation, binOf(outcome / TOP_SPREAD));
  }

  /** Writes the probability of each bin around the peak. */
  fill(situation: number, shape: Float64Array): void {
    this.shapes.fill(situation, shape);
  }
}

/** Number of the rising `edges` below the value. */
function rank(edges: readonly number[], value: number): number {
  let at = 0;
  while (at < edges.length && value > edges[at]!) at++;
  return at;
}
