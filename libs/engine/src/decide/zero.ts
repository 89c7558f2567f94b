import { serversForRate } from '../demand/estimate.js';
import type { Step, TickInput } from '../types.js';
import { joined, serversOf, type Verdict } from './verdict.js';

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
  if (offered === null) {
    return isAtZero
      ? raised(
          verdict,
          1,
          'stranded_at_zero',
          'No server can report and the source states no totals: back to 1 server.',
          steps,
        )
      : raised(
          verdict,
          1,
          'zero_without_signal',
          'Staying at 1 server: at 0 nothing would show that load is back.',
          steps,
        );
  }
  const count = isAtZero ? Math.max(1, neededFor(offered, input)) : 1;
  const reason = `${Math.round(offered * 10) / 10} requests per second are offered: they need ${serversOf(count)}.`;
  return raised(verdict, count, 'offered_at_zero', reason, steps);
}

function raised(verdict: Verdict, count: number, code: string, reason: string, steps: Step[]): Verdict {
  steps.push({ stage: 'limit', code, before: verdict.count, after: count, reason });
  const isWhole = code === 'stranded_at_zero' || verdict.policy === 'none';
  return { ...verdict, count, asked: true, code, reason: isWhole ? reason : joined(verdict.reason, reason) };
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
