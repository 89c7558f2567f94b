import type { Memory, Remembering } from './memory.js';

const GROUNDS = [
  /** No record yet: a fixed choice. */
  'cold_start',
  /** The cheapest without slow or failed requests in the first hours. */
  'cold_start_cheapest',
  /** All had some: the fixed choice again. */
  'cold_start_none_spotless',
  /** The cheapest that meets the target. */
  'keeps_it',
  /** It meets the target; a cheaper one of another family would save too little for a change. */
  'keeps_it_in_family',
  /** It misses the target; those that meet it cost more than the price of the violations. */
  'too_dear_to_keep',
  /** None meets the target: the least total of cost and price of the violations above it. */
  'none_keeps_it',
] as const;

/** Why an expert was selected. */
export type Ground = (typeof GROUNDS)[number];

const AMONG = ['all', 'forecasts', 'reactive'] as const;

/** The candidates: reactive experts are added later, and forecasts are excluded while their coverage is off. */
export type Among = (typeof AMONG)[number];

/** The selected expert. */
export interface Selection {
  readonly expert: number;
  /** Interpolation towards the next cheaper expert of its line (0 to 1). */
  readonly share: number;
  readonly ground: Ground;
  readonly among: Among;
}

const NUMBERS = [
  'expert',
  'share',
  'demand',
  'growth',
  'total',
  'price',
  'aim',
  'planned',
  'wish',
  'stabilised',
  'desired',
] as const satisfies readonly (keyof Choice)[];

const EXPERT = NUMBERS.indexOf('expert');

/** The plan of a step and its inputs. */
export interface Choice extends Selection {
  readonly demand: number;
  /** Factor of planned to observed demand during saturation, which may hide more; 0 if all demand is visible. */
  readonly growth: number;
  /** Active and provisioning servers at the time. */
  readonly total: number;
  readonly price: number;
  /** Target share of violations, adjusted by the budget, plus what no forecast would have served (`unavoidable`). */
  readonly aim: number;
  /** The expert's count, including the extra room of a cold start. */
  readonly planned: number;
  /** The same, raised for saturation. */
  readonly wish: number;
  readonly stabilised: number;
  /** Before the bounds. */
  readonly desired: number;
}

/** The newest choice as part of the model: its plan holds until the next step, also across a restart. */
export class ChoiceRecord implements Remembering {
  private readonly numbers = new Float64Array(NUMBERS.length);
  /** Index of ground and candidates in their lists, from 1 on; 0: no choice yet. */
  private readonly codes = new Uint8Array(2);

  memory(): readonly Memory[] {
    return [this.numbers, this.codes];
  }

  /** The selected expert; index 0 before the first choice. */
  get expert(): number {
    return this.numbers[EXPERT]!;
  }

  set(choice: Choice): void {
    for (const [index, name] of NUMBERS.entries()) this.numbers[index] = choice[name];
    this.codes[0] = GROUNDS.indexOf(choice.ground) + 1;
    this.codes[1] = AMONG.indexOf(choice.among) + 1;
  }

  /** @throws Error before the first choice */
  get(): Choice {
    const ground = GROUNDS[this.codes[0]! - 1];
    const among = AMONG[this.codes[1]! - 1];
    if (ground === undefined || among === undefined) throw new Error('nothing was chosen yet');
    const choice: Partial<Record<(typeof NUMBERS)[number], number>> = {};
    for (let index = 0; index < NUMBERS.length; index++) choice[NUMBERS[index]!] = this.numbers[index]!;
    return { ...(choice as Record<(typeof NUMBERS)[number], number>), ground, among };
  }
}
