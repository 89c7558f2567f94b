import { serversForRate } from '../demand/estimate.js';
import type { Step, TickInput } from '../types.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

/**
 * Zero servers report nothing, so only the source's totals can show that load has come back: without them no policy goes to zero, and a
 * cluster that is there comes back to one server.
 */
export function guardZero(verdict: Verdict, input: TickInput, listed: number, steps: Step[]): Verdict {
  const { reference, observation, bounds } = input;
  if (bounds.min > 0 || verdict.count > 0) return verdict;
  const offered = observation.totals?.requestRate ?? null;
  if (offered === 0) return verdict;
  const isAtZero = reference === 0 && listed === 0;
  const raise = raiseTo(offered, isAtZero, verdict, input);
  steps.push(raise);
  const limited = limitedBy(verdict, raise);
  // What a policy thinks of no servers explains nothing.
  return { ...limited, asked: true, ...(raise.code === 'stranded_at_zero' ? { reason: raise.reason } : {}) };
}

function raiseTo(offered: number | null, isAtZero: boolean, { count }: Verdict, input: TickInput): Step {
  if (offered === null)
    return step('limit', isAtZero ? 'stranded_at_zero' : 'zero_without_signal', count, 1, undefined);
  const after = isAtZero ? Math.max(1, neededFor(offered, input)) : 1;
  return step('limit', 'offered_at_zero', count, after, { request_rate: offered });
}

/** Servers for a request rate by what is known of the cluster; 0 where nothing is. */
function neededFor(offered: number, { policy, state, now }: TickInput): number {
  const { targetTracking, slo, threshold } = policy;
  const counts = (targetTracking?.metrics ?? []).map(({ metric, target }) =>
    metric === 'request_rate'
      ? offered / target
      : metric === 'cpu'
        ? work(offered, target / 100, state.demand, now)
        : 0,
  );
  if (slo !== undefined) counts.push(work(offered, slo.maxUtilization, state.demand, now));
  if (threshold !== undefined) counts.push(work(offered, threshold.cpuHigh / 100, state.demand, now));
  return Math.ceil(Math.max(0, ...counts) - 1e-9);
}

function work(offered: number, utilization: number, learnt: unknown, now: number): number {
  return (serversForRate(offered, learnt, now) ?? 0) / utilization;
}
