import type { ServiceLevelReport } from './report.js';
import { ENOUGH_STEPS } from './scores.js';
import { PROMOTE_FROM } from './trust.js';

/** How far forecasts can be trusted, in plain words. */
export function summarise(report: ServiceLevelReport | null): string {
  if (report === null) return 'Nothing was learnt yet.';
  const { state, stepSeconds, trust } = report;
  const nine = percent(trust.coverage['0.9'] ?? 0);
  switch (state) {
    case 'learning': {
      const hours = Math.round((ENOUGH_STEPS * stepSeconds) / 360) / 10;
      return `Still learning: ${trust.settled} forecasts were scored, and they are judged from ${ENOUGH_STEPS} (${hours} h) on.`;
    }
    case 'demoted':
      return `Forecasts are not trusted: only ${nine} of what came stayed below their 90 % quantile. A reactive policy decides until that is ${percent(PROMOTE_FROM)} again.`;
    case 'trusted':
      return trust.predictable === false
        ? `Demand cannot be predicted from its past: the forecast is as good as today's level and its usual changes, and no better. Its quantiles hold (${nine} stayed below the 90 % one), so servers are kept for surprises, not for a pattern.`
        : `Forecasts are trusted: ${nine} of what came stayed below their 90 % quantile.${gain(trust.skill)}`;
  }
}

function gain(skill: number | null): string {
  if (skill === null) return ' Next to nothing changes here.';
  return ` They are ${percent(Math.max(0, skill))} better than today's level and its usual changes.`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
