import { describe, expect, it } from '@jest/globals';
import { rulesOf } from './rules';

const labels = (policy: object): string[] => rulesOf({ policy }).map(({ label }) => label);

describe('the rules of a policy', () => {
  it.each([
    [{ slo: { violations: '1%', max_utilization: '90%' } }, ['promised limit 90 %']],
    [{ slo: {} }, ['promised limit 90 %']],
    [
      {
        target_tracking: {
          metrics: [
            { metric: 'cpu', target: 60 },
            { metric: 'request_rate', target: 100 },
          ],
        },
      },
      ['target 60 %'],
    ],
    [{ threshold: { cpu_high: 80, cpu_low: 30 } }, ['adds above 80 %', 'removes below 30 %']],
    [
      { threshold: { cpu_high: 80, cpu_low: 30, forecast_only: true }, slo: { max_utilization: 0.855 } },
      ['promised limit 85.5 %'],
    ],
    [{ schedule: { windows: [] } }, []],
  ])('of %j are %j', (policy, expected) => {
    expect(labels(policy)).toEqual(expected);
  });
});
