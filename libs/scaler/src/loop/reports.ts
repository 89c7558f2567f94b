import type { MetricName, Observation, Policy, RefusalReason } from '#engine';

/** From this share of silent servers on a person should know: no policy removes servers then. */
const ALERTED_SHARE = 0.2;

/** As the source names it. */
const FIELD: Readonly<Record<MetricName, string>> = {
  cpu: 'cpu_usage',
  memory: 'memory_usage',
  request_rate: 'request_load',
};

const METRIC: Readonly<Record<MetricName, string>> = { cpu: 'CPU', memory: 'memory', request_rate: 'request rate' };

const REASON: Readonly<Record<RefusalReason, string>> = {
  not_a_number: 'not a number',
  out_of_range: 'out of range',
  in_the_future: 'from the future',
  stale: 'too old',
  duplicate: 'sent twice',
  unknown_server: 'of a server that is not active',
};

/**
 * What to tell of servers that do not report; `null` while more than 80 % report everything that the policy decides on. A server that has
 * only just become active is given the time to.
 */
export function silence(observation: Observation, policy: Policy): string | null {
  const { servers, silent, reporting, reportingBy } = observation;
  const { active } = servers;
  if (silent > 0 && silent >= ALERTED_SHARE * active) {
    return `${silent} of ${active} servers send no metrics. No server is removed meanwhile.`;
  }
  for (const metric of decidingMetrics(policy)) {
    const missing = reporting - reportingBy[metric];
    if (missing > 0 && missing >= ALERTED_SHARE * active) {
      return `${missing} of ${active} servers send no ${METRIC[metric]} (${FIELD[metric]}), which the policy decides on.`;
    }
  }
  return null;
}

/** What to tell of samples that cannot be true; `null` where there were none. */
export function refusals({ refused, refusedBy }: Observation): string | null {
  const reasons = Object.entries(refused) as [RefusalReason, number][];
  if (reasons.length === 0) return null;
  const told = reasons.map(([reason, count]) => `${count} ${REASON[reason]}`).join(', ');
  const fields = (Object.keys(refusedBy) as MetricName[]).map((metric) => FIELD[metric]);
  const where = fields.length === 0 ? '' : ` The values of ${fields.join(' and ')} are ignored; the others count.`;
  return `Samples refused: ${told}.${where}`;
}

/** Metrics without which a policy cannot decide. */
function decidingMetrics({ slo, threshold, targetTracking, forecastOnly = [] }: Policy): ReadonlySet<MetricName> {
  const metrics = new Set<MetricName>();
  if (slo !== undefined && !forecastOnly.includes('slo')) metrics.add('cpu');
  if (threshold !== undefined && !forecastOnly.includes('threshold')) metrics.add('cpu');
  if (targetTracking !== undefined && !forecastOnly.includes('target_tracking')) {
    for (const { metric } of targetTracking.metrics) metrics.add(metric);
  }
  return metrics;
}
