import { describe, expect, it } from '@jest/globals';
import { isIdle, wantedBy, type Wanting } from './wanted.js';

const ACTIVE = [{ type: 'ScalingActive', status: 'True' }];
const OFF = { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } };

/** An HPA for 50 % CPU, 2 to 9 replicas, with 4 replicas at this percentage. */
function hpa(percent: number | undefined, spec: Wanting['spec'] = {}, status: Wanting['status'] = {}): Wanting {
  const current =
    percent === undefined ? [] : [{ type: 'Resource', resource: { current: { averageUtilization: percent } } }];
  return {
    spec: {
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [{ type: 'Resource', resource: { target: { averageUtilization: 50 } } }],
      ...spec,
    },
    status: { currentReplicas: 4, desiredReplicas: 4, currentMetrics: current, conditions: ACTIVE, ...status },
  };
}

describe('what an HPA wants', () => {
  it('is its desired count while it acts', () => {
    expect(wantedBy(hpa(90, {}, { desiredReplicas: 6 }))).toBe(6);
    expect(wantedBy(hpa(90, { behavior: { scaleDown: { selectPolicy: 'Disabled' } } }, { desiredReplicas: 6 }))).toBe(
      6,
    );
  });

  it.each<[string, Wanting]>([
    ['has no status yet', { spec: {} }],
    ['has not calculated one', hpa(90, {}, { desiredReplicas: 0, conditions: [] })],
    ['reads no metrics', hpa(90, {}, { conditions: [{ type: 'ScalingActive', status: 'False' }] })],
    ['is switched off and has no metrics', hpa(undefined, { behavior: OFF })],
    ['is switched off and has metrics of another type', hpa(90, { behavior: OFF, metrics: [{ type: 'Pods' }] })],
  ])('is not known while it %s', (_name, wanting) => {
    expect(wantedBy(wanting)).toBeNull();
  });

  it.each([
    ['more for a high load', 75, {}, 6],
    ['less for a low load', 26, {}, 3],
    ['the present count within the tolerance', 54, {}, 4],
    ['more with a tolerance of 0', 51, { behavior: { ...OFF, scaleUp: { ...OFF.scaleUp, tolerance: '0' } } }, 5],
    ['no more than its maximum', 400, {}, 9],
    ['no less than its minimum', 1, {}, 2],
  ])('is by its formula where both directions are switched off: %s', (_name, percent, spec, expected) => {
    const wanting = hpa(percent, { behavior: OFF, ...spec });
    expect(isIdle(wanting)).toBe(true);
    expect(wantedBy(wanting)).toBe(expected);
  });

  it('is the highest of all metrics, and no less than the present count where one is unknown', () => {
    const metrics = [
      { type: 'Pods', pods: { target: { averageValue: '500m' } } },
      { type: 'External', external: { target: { value: '1k' } } },
    ];
    const pods = (averageValue: string) => ({ type: 'Pods', pods: { current: { averageValue } } });
    const external = { type: 'External', external: { current: { value: '1500' } } };
    const of = (currentMetrics: NonNullable<Wanting['status']>['currentMetrics']) =>
      wantedBy(hpa(undefined, { behavior: OFF, metrics }, { currentMetrics: currentMetrics! }));
    expect(of([pods('1'), external])).toBe(8);
    expect(of([pods('250m'), external])).toBe(6);
    expect(of([pods('250m'), { type: '' }])).toBe(4);
    expect(of([pods('1'), { type: '' }])).toBe(8);
    expect(of(null)).toBeNull();
  });
});
