import { serversForRate, serversForWork } from '../demand/estimate.js';
import { TUNING } from '../slo/constants.js';
import type { Observation, Step, TickInput } from '../types.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

const IDLE_MS = TUNING.stabiliseMinutes * 60_000;

/** Since when the source has stated no load and no work; `null`: it does not state that now. */
export function idleSince({ observation, bounds, state, now }: TickInput): number | null {
  const signal = bounds.min > 0 || observation.partial === true ? null : signalOf(observation);
  return signal !== null && signal.rate === 0 && signal.work === 0 ? Math.min(state.idleSince ?? now, now) : null;
}

/** `slo` plans for at least one server; a cluster that may be empty is emptied after the stabilization window without load. */
export function emptyIdle(verdict: Verdict, since: number | null, { now }: TickInput, steps: Step[]): Verdict {
  if (verdict.policy !== 'slo' || verdict.count !== 1 || since === null || now - since < IDLE_MS) return verdict;
  const emptied = step('stabilise', 'idle', 1, 0, { idle_ms: now - since });
  steps.push(emptied);
  return { ...limitedBy(verdict, emptied), asked: true };
}

/**
 * Zero servers report nothing, so only the source's totals can show that load is back. Without them no policy scales to
 * zero, and a cluster at zero is scaled to one server.
 */
export function guardZero(verdict: Verdict, input: TickInput, listed: number, steps: Step[]): Verdict {
  const { reference, observation, bounds } = input;
  if (bounds.min > 0 || verdict.count > 0) return verdict;
  const signal = signalOf(observation);
  if (signal !== null && signal.rate === 0 && signal.work === 0) return verdict;
  const isAtZero = reference === 0 && listed === 0;
  const raise = raiseTo(signal, isAtZero, verdict, input);
  steps.push(raise);
  const limited = limitedBy(verdict, raise);
  // A policy's reason for zero servers explains nothing here.
  return { ...limited, asked: true, ...(raise.code === 'stranded_at_zero' ? { reason: raise.reason } : {}) };
}

/** Signal at zero servers that load is back: requests per second, and work in the source's unit. */
interface Signal {
  /** 0 if the source states only work; likewise `work`. */
  readonly rate: number;
  readonly work: number;
}

/** `null` if there is no signal, or if a part of it is unknown. */
function signalOf({ totals, partial }: Observation): Signal | null {
  if (totals === null) return null;
  const { requestRate: rate, demand: work } = totals;
  if (rate !== null && rate > 0) return { rate, work: work ?? 0 };
  if (work === null || (rate === null && (work === undefined || partial === true))) return null;
  return { rate: 0, work: work ?? 0 };
}

function raiseTo(signal: Signal | null, isAtZero: boolean, { count }: Verdict, input: TickInput): Step {
  if (signal === null) return step('limit', isAtZero ? 'stranded_at_zero' : 'zero_without_signal', count, 1, undefined);
  const after = isAtZero ? Math.max(1, neededFor(signal, input)) : 1;
  return signal.work > 0
    ? step('limit', 'work_at_zero', count, after, { work: signal.work })
    : step('limit', 'offered_at_zero', count, after, { request_rate: signal.rate });
}

/** Servers for requests and work by the known capacities; 0 if none is known. */
function neededFor({ rate }: Signal, { policy, state, now, observation: { totals } }: TickInput): number {
  const { targetTracking, slo, threshold } = policy;
  const load = Math.max(
    serversForRate(rate, state.demand, now) ?? 0,
    (totals === null ? null : serversForWork(totals, state.demand, now)) ?? 0,
  );
  const counts = (targetTracking?.metrics ?? []).map(({ metric, target }) =>
    metric === 'request_rate' ? rate / target : metric === 'cpu' ? load / (target / 100) : 0,
  );
  if (slo !== undefined) counts.push(load / slo.maxUtilization);
  if (threshold !== undefined) counts.push(load / (threshold.cpuHigh / 100));
  return Math.ceil(Math.max(0, ...counts) - 1e-9);
}
