import type { Observation, Policy } from '#engine';
import { type Message, messageOf } from './alert.sentences.js';
import type { Acted } from './stages.js';
import type { Conditions } from './cluster-memory.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PART_MS = 5 * MINUTE_MS;

/** Below this number of known minutes there is no verdict. */
const ENOUGH_MINUTES = 10;
/** Nor while the promise allows fewer slow or failed requests than that: a few more are chance. */
const ENOUGH_ALLOWED = 10;
/** Hysteresis: the share counts as above the promised one until it is below this part of it. */
const GOOD_AGAIN = 0.9;

/** How users were served within five minutes, by the first observation of each minute. */
export interface ServedPart {
  /** When it began, milliseconds since the epoch. */
  readonly at: number;
  readonly minutes: number;
  readonly requests: number;
  /** Of these, slow or failed ones. */
  readonly bad: number;
  /** Minutes in which utilization was known. */
  readonly judged: number;
  /** Of these, the ones above the promised utilization. */
  readonly above: number;
}

/** The last hour with a promise and a source that counts slow or failed requests. */
export interface Served {
  /** Time of the newest observation in it. */
  readonly lastAt: number;
  /** Oldest first. */
  readonly parts: readonly ServedPart[];
}

/** Adds an observation, unless one of its minute was added. An observation without a count adds nothing. */
export function servedAfter(
  served: Served | null,
  { at, measured, demand, saturated, servers }: Observation,
  { slo }: Pick<Policy, 'slo'>,
  intervalMs: number,
): Served | null {
  const { requestRate = null, badRate = null } = measured ?? {};
  if (slo === undefined || requestRate === null || badRate === null) return served;
  if (served !== null && minuteOf(served.lastAt) === minuteOf(at)) return served;
  const minutes = Math.max(1, intervalMs / MINUTE_MS);
  const isAbove = saturated || (demand !== null && demand > slo.maxUtilization * servers.active + 1e-9);
  const isJudged = saturated || demand !== null;
  const start = at - (at % PART_MS);
  const parts = partsOf(served, at);
  const last = parts.at(-1);
  const open = last?.at === start ? last : { at: start, minutes: 0, requests: 0, bad: 0, judged: 0, above: 0 };
  const next: ServedPart = {
    at: start,
    minutes: open.minutes + minutes,
    requests: open.requests + requestRate * minutes * 60,
    bad: open.bad + badRate * minutes * 60,
    judged: open.judged + (isJudged ? minutes : 0),
    above: open.above + (isAbove ? minutes : 0),
  };
  return { lastAt: at, parts: [...(last === open ? parts.slice(0, -1) : parts), next] };
}

/** The alert that more requests of the last hour were slow or failed than promised; `null`: they were not. */
export function missedByMeasure({ memory, at }: Acted, before: Conditions): Message | null {
  const { slo } = memory.acting.policy;
  if (slo === undefined) return null;
  const parts = partsOf(memory.tracking.served ?? null, at);
  const sum = (field: Exclude<keyof ServedPart, 'at'>): number => parts.reduce((total, part) => total + part[field], 0);
  const requests = sum('requests');
  const promised = slo.violations;
  if (sum('minutes') < ENOUGH_MINUTES || promised * requests < ENOUGH_ALLOWED) return null;
  const share = sum('bad') / requests;
  if (share <= promised * (before.has('measured_missed') ? GOOD_AGAIN : 1)) return null;
  return messageOf('measured_missed', {
    share,
    promised,
    requests: Math.round(requests),
    max_utilization: slo.maxUtilization,
    minutes_judged: Math.round(sum('judged')),
    minutes_above: Math.round(sum('above')),
  });
}

/** Those of the last hour. After the clock was set back, none is from the future. */
function partsOf(served: Served | null, now: number): readonly ServedPart[] {
  return (served?.parts ?? []).filter(({ at }) => at > now - HOUR_MS && at <= now);
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
