import type { MetricName, Observation, Policy, Step, TickInput } from '../types.js';
import { ENOUGH_REPORTING } from '../observe.js';
import { joined, serversOf, type Verdict } from './verdict.js';

/** A shorter list is believed once it has stood for so long after the missing servers were asked for again. */
export const BELIEVED_SHORT_MS = 5 * 60_000;

/** A policy removes servers only if it knows enough of the others, and none is missing. A person's word is not limited here. */
export function guardRemoval(verdict: Verdict, input: TickInput, listed: number, steps: Step[]): Verdict {
  const { reference } = input;
  if (verdict.count >= reference) return verdict;
  const objection = whyNot(verdict, input, listed);
  if (objection === null) return verdict;
  const { code, clause } = objection;
  steps.push({ stage: 'limit', code, before: verdict.count, after: reference, reason: `${capital(clause)}.` });
  return { ...verdict, count: reference, code, reason: joined(verdict.reason, `${clause}.`) };
}

interface Objection {
  readonly code: string;
  readonly clause: string;
}

function whyNot({ policy }: Verdict, input: TickInput, listed: number): Objection | null {
  const { observation, reference, shortSince = null, now } = input;
  if (listed < reference && (shortSince === null || now - shortSince < BELIEVED_SHORT_MS)) {
    const missing = serversOf(reference - listed);
    return { code: 'servers_missing', clause: `${missing} of ${reference} are not listed: no server is removed` };
  }
  const { active } = observation.servers;
  for (const metric of metricsOf(input.policy, policy, observation)) {
    const heard = reportingOf(observation, metric);
    if (active > 0 && heard > active * ENOUGH_REPORTING) continue;
    const clause = `only ${heard} of ${active} active servers report ${WORD[metric]}: no server is removed`;
    return { code: 'metrics_not_fresh', clause };
  }
  return null;
}

const WORD: Readonly<Record<MetricName, string>> = { cpu: 'CPU', memory: 'memory', request_rate: 'requests' };

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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
