import type { MetricName, Observation, Policy } from '#engine';
import type { RaisedData } from './alert.sentences.js';

/** From this share of silent servers on a person should know: no policy removes servers then. */
const ALERTED_SHARE = 0.2;

/**
 * Servers that do not report; `null` while more than 80 % report everything that the policy decides on. A server that has
 * only just become active is given the time to.
 */
export function silence(observation: Observation, policy: Policy): RaisedData<'servers_silent'> | null {
  const { servers, silent, reporting, reportingBy } = observation;
  const { active } = servers;
  if (silent > 0 && silent >= ALERTED_SHARE * active) {
    return { silent, active, metric: null };
  }
  for (const metric of decidingMetrics(policy)) {
    const missing = reporting - reportingBy[metric];
    if (missing > 0 && missing >= ALERTED_SHARE * active) {
      return { silent: missing, active, metric };
    }
  }
  return null;
}

/** Samples that cannot be true; `null` where there were none. */
export function refusals({ refused, refusedBy }: Observation): RaisedData<'samples_refused'> | null {
  return Object.keys(refused).length === 0 ? null : { ...refused, fields: Object.keys(refusedBy).join(',') };
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
