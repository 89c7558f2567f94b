import { ENOUGH_REPORTING } from '../observe.js';
import { TUNING } from '../slo/constants.js';
import type { Bottleneck, EngineState, MetricName, Observation, Policy, Step, TickInput } from '../types.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

/** A shorter list is accepted once it was stable for this long after the missing servers were requested again. */
const BELIEVED_SHORT_MS = 5 * 60_000;
/** Largest share of full servers that a removal may cause. */
const MOST_FULL = 0.1;

/**
 * A policy removes servers only if enough servers report and none is missing. Changes by users are not limited here.
 */
export function guardRemoval(verdict: Verdict, input: TickInput, listed: number, steps: Step[]): Verdict {
  if (verdict.count >= input.reference) return verdict;
  const objection = objectionTo(verdict, input, listed);
  if (objection === null) return verdict;
  steps.push(objection);
  return limitedBy(verdict, objection);
}

function objectionTo({ count, policy }: Verdict, input: TickInput, listed: number): Step | null {
  const { observation, reference, shortSince = null, now } = input;
  if (listed < reference && (shortSince === null || now - shortSince < BELIEVED_SHORT_MS)) {
    return step('limit', 'servers_missing', count, reference, { listed, reference });
  }
  if (observation.partial === true) return step('limit', 'metrics_partial', count, reference, undefined);
  const { active } = observation.servers;
  for (const metric of metricsOf(input.policy, policy, observation)) {
    const reporting = reportingOf(observation, metric);
    if (active > 0 && reporting > active * ENOUGH_REPORTING) continue;
    return step('limit', 'metrics_not_fresh', count, reference, { metric, reporting, active });
  }
  return isOfServersBefore(input) && metricsOf(input.policy, policy, observation).length > 0
    ? step('limit', 'metrics_late', count, reference, { late_ms: observation.late?.ms ?? 0 })
    : null;
}

/**
 * Whether late samples may show the servers from before the last removal or external change, and thus the load per server
 * of another count. A source is late by at least its period, so this covers the whole period of a sample.
 */
function isOfServersBefore({ observation, state }: TickInput): boolean {
  const { late, at, stalenessMs } = observation;
  if (late === undefined || stalenessMs === null) return false;
  const changedAt = Math.max(state.lastScaleDownAt ?? 0, state.lastExternalAt ?? 0);
  return changedAt > 0 && at - stalenessMs - late.ms < changedAt;
}

/** The metrics that a policy uses. */
function metricsOf(policy: Policy, kind: Verdict['policy'], observation: Observation): readonly MetricName[] {
  switch (kind) {
    case 'slo':
      // The work of the whole cluster is complete without any server.
      return isWorkAlone(observation) ? [] : ['cpu', ...others(observation.bottleneck)];
    case 'threshold':
      return observation.memory === null ? ['cpu'] : ['cpu', 'memory'];
    case 'target_tracking':
      return policy.targetTracking?.metrics.map(({ metric }) => metric) ?? [];
    case 'schedule':
    case 'hold':
    case 'none':
      return [];
    default:
      return kind satisfies never;
  }
}

function isWorkAlone({ bottleneck, cpu }: Observation): boolean {
  return bottleneck === 'work' && cpu === null;
}

function others(bottleneck: Bottleneck | undefined): readonly MetricName[] {
  return bottleneck === undefined || bottleneck === 'cpu' || bottleneck === 'work' ? [] : [bottleneck];
}

/** Active servers with a valid, fresh value; all of them if the source's totals cover the cluster. */
function reportingOf({ reportingBy, totals, servers }: Observation, metric: MetricName): number {
  const isStated = metric === 'request_rate' && totals !== null && totals.requestRate !== null;
  return isStated ? servers.active : reportingBy[metric];
}

/**
 * Limits a removal so that at most a tenth of the remaining servers is full: full servers may hide demand that the
 * remaining ones would get, regardless of the mean. In a small cluster one full server blocks all removals; in a large
 * one a stuck server does not.
 */
export function guardFull(verdict: Verdict, { observation, reference }: TickInput, steps: Step[]): Verdict {
  const { full, servers } = observation;
  const after = Math.min(reference, Math.ceil(full / MOST_FULL));
  if (verdict.count >= after) return verdict;
  const limit = step('limit', 'servers_full', verdict.count, after, { full, active: servers.active });
  steps.push(limit);
  return limitedBy(verdict, limit);
}

/**
 * The count restored by an undo counts as a recommendation in the stabilization window, or as a change in the cooldown,
 * of every policy.
 */
export function guardRestored(
  verdict: Verdict,
  { reference, policy, now }: TickInput,
  { restored = null }: EngineState,
  steps: Step[],
): Verdict {
  if (restored === null) return verdict;
  const { count } = restored;
  const windowMs = scaleDownWindowOf(policy, verdict.policy);
  const least = Math.min(count, reference);
  if (now - restored.at >= windowMs || verdict.count >= least) return verdict;
  const kept = step('stabilise', 'restored', verdict.count, least, { count, window_ms: windowMs });
  steps.push(kept);
  return limitedBy(verdict, kept);
}

function scaleDownWindowOf({ targetTracking, threshold }: Policy, kind: Verdict['policy']): number {
  switch (kind) {
    case 'slo':
      return TUNING.stabiliseMinutes * 60_000;
    case 'threshold':
      return threshold?.cooldownDownMs ?? 0;
    case 'target_tracking':
      return targetTracking?.scaleDownStabilizationMs ?? 0;
    case 'schedule':
    case 'hold':
    case 'none':
      return 0;
    default:
      return kind satisfies never;
  }
}
