import { Random } from '../random.js';

const DAY = 1440;

/** A common daily load, servers by minute. */
export function dailyLoad(minute: number): number {
  return 20 - 12 * Math.cos((2 * Math.PI * minute) / DAY);
}

interface UnkindLoad {
  readonly days: number;
  readonly at: (minute: number, random: Random) => number;
}

/** Loads for which a service level is hard to keep, each for another reason. */
const UNKIND_LOADS = {
  sparse: { days: 4, at: (minute, random) => (minute % 240 < 12 ? 8 + 4 * random.next() : 0.05) },
  bursty: { days: 4, at: (_, random) => 10 + 5 * Math.exp(0.5 * random.normal()) },
  dying: { days: 4, at: (minute) => dailyLoad(minute) * (minute < 2 * DAY ? 1 : Math.exp((2 * DAY - minute) / 400)) },
  'level shift': { days: 4, at: (minute) => dailyLoad(minute) * (minute < 2.5 * DAY ? 0.5 : 1.4) },
  'first day': { days: 1, at: (minute, random) => dailyLoad(minute) * (1 + 0.05 * random.normal()) },
  'flash crowd': {
    days: 4,
    at: (minute) => dailyLoad(minute) + (minute % (2 * DAY) > 2000 && minute % (2 * DAY) < 2060 ? 40 : 0),
  },
} satisfies Record<string, UnkindLoad>;

export type UnkindLoadName = keyof typeof UNKIND_LOADS;
export const UNKIND_LOAD_NAMES = Object.keys(UNKIND_LOADS) as UnkindLoadName[];

/** Demand by minute, servers. @param seed of random parts */
export function unkindLoad(name: UnkindLoadName, seed: number): Float64Array {
  const { days, at }: UnkindLoad = UNKIND_LOADS[name];
  const random = Random.seeded(seed);
  return Float64Array.from({ length: days * DAY }, (_, minute) => Math.max(0, at(minute, random)));
}
