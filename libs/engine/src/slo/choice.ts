import type { Memory, Remembering } from './memory.js';

const GROUNDS = [
  /** Nothing was booked yet: a fixed choice. */
  'cold_start',
  /** The cheapest of those that served nothing badly in the first hours. */
  'cold_start_cheapest',
  /** All of them did: the fixed choice again. */
  'cold_start_none_spotless',
  /** The cheapest of those that keep the aim. */
  'keeps_it',
  /** The same of its family; a cheaper one of another would save too little to be worth changing to. */
  'keeps_it_in_family',
  /** It does not keep the aim: whoever does costs more than is paid for requests. */
  'too_dear_to_keep',
  /** Nobody keeps the aim: the least cost together with what is paid for requests beyond it. */
  'none_keeps_it',
] as const;

/** Why the expert that is followed is the one. */
export type Ground = (typeof GROUNDS)[number];

const AMONG = ['all', 'forecasts', 'reactive'] as const;

/** Who was to be chosen from: reactive experts are followed later, and a forecast whose coverage is off is not. */
export type Among = (typeof AMONG)[number];

/** Which expert is followed. */
export interface Selection {
  readonly expert: number;
  /** How far to go towards the next thriftier of its line (0 to 1). */
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

/** What a step planned, and what it came from. */
export interface Choice extends Selection {
  readonly demand: number;
  /** How many times as much as is seen is planned for, as more may be hidden in saturation; 0 where all demand is seen. */
  readonly growth: number;
  /** Active and provisioning servers when it was made. */
  readonly total: number;
  readonly price: number;
  /** Violations that are aimed at, as the budget stands. */
  readonly aim: number;
  /** What the expert asks for with so many servers, with the room of a cold start. */
  readonly planned: number;
  /** The same, grown out of saturation. */
  readonly wish: number;
  readonly stabilised: number;
  /** Before the bounds. */
  readonly desired: number;
}

/** The newest choice as the model remembers it: until the next step its plan stands, whatever restarts in between. */
export class ChoiceRecord implements Remembering {
  private readonly numbers = new Float64Array(NUMBERS.length);
  /** Places in the lists of grounds and of whom was chosen among, from 1 on; 0 while there was no choice. */
  private readonly codes = new Uint8Array(2);

  memory(): readonly Memory[] {
    return [this.numbers, this.codes];
  }

  /** Whom the newest choice follows; the first of all before there is one. */
  get expert(): number {
    return this.numbers[EXPERT]!;
  }

  set(choice: Choice): void {
    for (const [index, name] of NUMBERS.entries()) this.numbers[index] = choice[name];
    this.codes[0] = GROUNDS.indexOf(choice.ground) + 1;
    this.codes[1] = AMONG.indexOf(choice.among) + 1;
  }

  /** @throws Error where nothing was chosen yet */
  get(): Choice {
    const ground = GROUNDS[this.codes[0]! - 1];
    const among = AMONG[this.codes[1]! - 1];
    if (ground === undefined || among === undefined) throw new Error('nothing was chosen yet');
    const choice: Partial<Record<(typeof NUMBERS)[number], number>> = {};
    for (let index = 0; index < NUMBERS.length; index++) choice[NUMBERS[index]!] = this.numbers[index]!;
    return { ...(choice as Record<(typeof NUMBERS)[number], number>), ground, among };
  }
}
