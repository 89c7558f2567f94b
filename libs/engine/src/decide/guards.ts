import type { MetricName, Observation, Policy, Step, TickInput } from '../types.js';
import { ENOUGH_REPORTING } from '../observe.js';
import { step } from './sentences.js';
import { limitedBy, type Verdict } from './verdict.js';

/** A shorter list is believed once it has stood for so long after the missing servers were asked for again. */
export const BELIEVED_SHORT_MS = 5 * 60_000;

/** A policy removes servers only if it knows enough of the others, and none is missing. A person's word is not limited here. */
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
  const { active } = observation.servers;
  for (const metric of metricsOf(input.policy, policy, observation)) {
    const reporting = reportingOf(observation, metric);
    if (active > 0 && reporting > active * ENOUGH_REPORTING) continue;
    return step('limit', 'metrics_not_fresh', count, reference, { metric, reporting, active });
  }
  return null;
}

/** What a policy decides on. */
function metricsOf(policy: Policy, kind: Verdict['policy'], observation: Observation): readonly MetricName[] {
  switch (kind) {
    case 'slo':
      return ['cpu', ...others(observation.bottleneck)];
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

function others(bottleneck: MetricName | undefined): readonly MetricName[] {
  return bottleneck === undefined || bottleneck === 'cpu' ? [] : [bottleneck];
}

/** Active servers with a valid, fresh value; all of them where the source states the whole. */
function reportingOf({ reportingBy, totals, servers }: Observation, metric: MetricName): number {
  const isStated = metric === 'request_rate' && totals !== null && totals.requestRate !== null;
  return isStated ? servers.active : reportingBy[metric];
}
