import { duration, share } from '../words.js';
import type { ServiceLevelReport } from './report.js';
import { ENOUGH_STEPS } from './scores.js';
import { PROMOTE_FROM } from './trust.js';

/** A sentence about how far forecasts can be trusted. */
export function summarise(report: ServiceLevelReport | null): string {
  if (report === null) return 'Nothing is learned yet.';
  const { state, stepSeconds, trust } = report;
  const nine = share(trust.coverage['0.9'] ?? 0);
  switch (state) {
    case 'learning':
      return `Still learning: ${trust.settled} of ${ENOUGH_STEPS} forecasts are scored. They are judged after ${duration(ENOUGH_STEPS * stepSeconds * 1000)}.`;
    case 'demoted':
      return `The forecast is not trusted: only ${nine} of outcomes stayed under its 90 % quantile. A simple rule decides until ${share(PROMOTE_FROM)} do.`;
    case 'trusted':
      return trust.predictable === false
        ? `This load cannot be predicted from its past. The forecast is no better than the current load and its usual changes. ${nine} of outcomes stayed under its 90 % quantile, so servers are kept for surprises.`
        : `The forecast is trusted: ${nine} of outcomes stayed under its 90 % quantile.${gain(trust.skill)}`;
    default:
      return state satisfies never;
  }
}

function gain(skill: number | null): string {
  if (skill === null) return ' The load hardly changes.';
  return ` It is ${share(Math.max(0, skill))} better than assuming the current load and its usual changes.`;
}
