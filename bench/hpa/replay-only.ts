import type { Score, Trace } from '#world';
import { median } from './comparison.js';
import { Load } from './load.js';
import { periodOf, playEngine, PROMISE, sweepTargets, tunedIn } from './replay.js';

/** A day in virtual time: the service beside our model of the HPA, which was tuned on the same hours. */
export interface ReplayedDay {
  readonly trace: string;
  readonly seed: number;
  /** Target of the HPA, percent. */
  readonly target: number;
  readonly hpa: Score;
  readonly service: Score;
}

export function replayDay(trace: Trace, seed: number, hours: number): ReplayedDay {
  const load = Load.of(trace, seed, Date.now());
  const period = periodOf(load, hours);
  const { target, score: hpa } = tunedIn(sweepTargets(load, period));
  return { trace: trace.name, seed, target, hpa, service: playEngine(load, period).score };
}

/** The printed report: a line for each day, then what they say together. */
export function replayTable(days: readonly ReplayedDay[]): string {
  const lines = days.map(
    ({ trace, seed, target, hpa, service }) =>
      `${trace}, seed ${seed}: service ${percent(service)} %, ${service.cost.toFixed(0)} server-hours; HPA ${target} % ` +
      `${percent(hpa)} %, ${hpa.cost.toFixed(0)}; cost ${(service.cost / hpa.cost).toFixed(2)}, actions ` +
      `${(service.actionsPerDay / hpa.actionsPerDay).toFixed(2)} of its`,
  );
  const feasible = days.filter(({ hpa }) => isKept(hpa));
  const kept = feasible.filter(({ service }) => isKept(service)).length;
  const cost = median(feasible.map(({ service, hpa }) => service.cost / hpa.cost));
  const actions = median(feasible.map(({ service, hpa }) => service.actionsPerDay / hpa.actionsPerDay));
  lines.push(
    `The service kept the promise on ${kept} of the ${feasible.length} days on which some HPA did; cost / that HPA's: ` +
      `median ${cost?.toFixed(2) ?? '-'}; actions: ${actions?.toFixed(2) ?? '-'}`,
  );
  return lines.join('\n');
}

function isKept({ violation }: Score): boolean {
  return violation <= PROMISE.violations;
}

function percent({ violation }: Score): string {
  return (100 * violation).toFixed(2);
}
