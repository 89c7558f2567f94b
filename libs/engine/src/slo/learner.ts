import type { Seen } from '../baselines/seen.js';
import { SloController } from './controller.js';
import type { Memory, Remembering } from './memory.js';
import { Predictability } from './predictability.js';
import { Shadows } from './shadows.js';
import { ENOUGH_STEPS } from './scores.js';

/** `learning`: too little was seen to judge forecasts; `demoted`: their coverage is off, a reactive policy decides. */
export type ModelState = 'learning' | 'trusted' | 'demoted';

const STATES = ['learning', 'trusted', 'demoted'] as const satisfies readonly ModelState[];

enum Scalar {
  State,
  /** When the state began, minutes since the epoch. */
  Since,
  /** Transition of the last step, as an index of `TURNS`. */
  Turn,
  Count,
}

/** Transition of the state in a step; `begun`: forecasts are judged from now on. */
const TURNS = ['none', 'begun', 'demoted', 'trusted_again'] as const;
type Turn = (typeof TURNS)[number];

/** Conditions of learning: another promise, step or lead time invalidates all or part of it. */
export interface Circumstances {
  /** Share of requests and share of capacity. */
  readonly violations: number;
  readonly maxUtilization: number;
  readonly stepSeconds: number;
  readonly leadSeconds: number;
}

const MINUTE_MS = 60_000;

/** Whole steps between two minutes. */
export function stepsBetween(from: number, to: number, stepSeconds: number): number {
  return Math.floor((to - from) / (stepSeconds / 60));
}

/** Everything that is learned about a cluster: the controller, and what explains and judges it. */
export class Learner implements Remembering {
  readonly shadows: Shadows;
  readonly predictability = new Predictability();
  private readonly scalars = new Float64Array(Scalar.Count);

  constructor(
    readonly controller: SloController,
    first: Pick<Seen, 'active'>,
  ) {
    this.shadows = new Shadows(controller.lead, controller.promise.maxUtilization, first.active);
  }

  /** A new learner for a cluster with this number of active servers. */
  static begin({ stepSeconds, leadSeconds, ...promise }: Circumstances, active: number): Learner {
    return new Learner(new SloController(promise, { tickSeconds: stepSeconds, leadSeconds, active }), { active });
  }

  memory(): readonly Memory[] {
    return [this.scalars];
  }

  parts(): readonly Remembering[] {
    return [...this.controller.parts(), this.shadows, this.predictability, this];
  }

  get state(): ModelState {
    return STATES[this.scalars[Scalar.State]!]!;
  }

  /** When the state began, milliseconds since the epoch. */
  get since(): number {
    return this.scalars[Scalar.Since]! * MINUTE_MS;
  }

  /** Transition of the last step: forecast withdrawn, restored, or neither. */
  get turn(): Turn {
    return TURNS[this.scalars[Scalar.Turn]!]!;
  }

  /** Takes over what `other` learned under another lead time. */
  adopt(other: Learner): void {
    this.controller.adopt(other.controller);
    this.shadows.adopt(other.shadows);
    for (const [index, array] of [...this.predictability.memory(), this.scalars].entries()) {
      array.set([...other.predictability.memory(), other.scalars][index]!);
    }
  }

  /**
   * Learns from a step, after filling steps without data.
   * @param last the previous step, minutes since the epoch
   * @returns the desired count before the bounds
   */
  learn(seen: Seen, last: number | null): number {
    const missed = last === null ? 0 : stepsBetween(last, Math.floor(seen.at / MINUTE_MS), seen.tickSeconds) - 1;
    if (missed > 0) this.controller.skip(missed);
    return this.step(seen);
  }

  /** Learns from a step. @returns the desired count before the bounds */
  step(seen: Seen): number {
    const { controller, predictability, shadows } = this;
    const { trust, history } = controller.forecaster;
    const before = trust.settled;
    const wished = controller.wished(seen);
    shadows.step(seen);
    const { settled } = trust;
    if (settled > before) {
      predictability.settle(history, controller.lead + 1, settled);
      predictability.judge(trust.loss, settled);
    }
    this.enter(settled < ENOUGH_STEPS ? 0 : trust.demoted ? 2 : 1, Math.floor(seen.at / MINUTE_MS));
    return wished;
  }

  private enter(state: 0 | 1 | 2, minute: number): void {
    const { scalars } = this;
    const before = scalars[Scalar.State];
    const isFirst = scalars[Scalar.Since] === 0;
    scalars[Scalar.Turn] = TURNS.indexOf('none');
    if (!isFirst && before === state) return;
    scalars[Scalar.State] = state;
    scalars[Scalar.Since] = minute;
    if (isFirst) return;
    const turn: Turn = state === 2 ? 'demoted' : before === 2 ? 'trusted_again' : 'begun';
    scalars[Scalar.Turn] = TURNS.indexOf(turn);
  }
}
