import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { proposeTargetTracking, TARGET_TRACKING_DEFAULTS } from '../policies/target-tracking.js';
import { initialState } from '../state.js';
import type { Observation, Server } from '../types.js';
import { uniformObservation } from '../uniform.js';
import { AwsTargetTracking, AzureThresholds, azureScaleIn, NomadTargetValue } from './clouds.js';
import { Hpa, replayedHpa } from './hpa.js';
import { Seasonal } from './seasonal.js';
import type { Baseline, Seen } from './seen.js';
import { ThresholdBaseline } from './threshold.js';
import { Trailing } from './trailing.js';

const MINUTE = 60_000;

function seen(minute: number, cpu: number, active: number, provisioning = 0): Seen {
  return {
    at: minute * MINUTE,
    tickSeconds: 60,
    cpu,
    served: cpu * active,
    active,
    provisioning,
    min: 1,
    max: 1000,
    leadSeconds: 120,
  };
}

/** Desired counts of ticks a minute apart, with the given fleet. */
function play(policy: Baseline, ticks: readonly (readonly [cpu: number, active: number, provisioning?: number])[]) {
  return ticks.map(([cpu, active, provisioning = 0], minute) =>
    policy.desired(seen(minute, cpu, active, provisioning)),
  );
}

describe('the servers of the replayed hpa', () => {
  const step = { stage: 'forecast', before: 2, after: 2, reason: '' } as const;

  it('are those of the step of a decision', () => {
    const steps = [
      { ...step, code: 'lead_time' },
      { ...step, code: 'shadows', data: { shadow_hpa: 0, shadow_aws: 3 } },
    ];
    expect(replayedHpa(steps)).toBe(0);
  });

  it('are unknown without a service level', () => {
    expect(replayedHpa([])).toBeNull();
    expect(replayedHpa([{ ...step, code: 'high', data: { shadow_hpa: 3 } }])).toBeNull();
    expect(replayedHpa([{ ...step, code: 'shadows' }])).toBeNull();
  });
});

describe('hpa', () => {
  it.each([
    ['within tolerance', 0.65, 10, 0, 10],
    ['above', 0.9, 10, 0, 15],
    ['servers that are not ready count as idle', 0.9, 10, 2, 15],
    ['and reverse the direction', 0.7, 10, 4, 14],
  ])('%s', (_, cpu, active, provisioning, desired) => {
    expect(play(new Hpa(0.6), [[cpu, active, provisioning]])).toEqual([desired]);
  });

  it('scales down only to the highest recommendation of five minutes', () => {
    const ticks = Array.from({ length: 7 }, (_, minute) => [minute === 0 ? 0.6 : 0.3, 10] as const);
    expect(play(new Hpa(0.6), ticks)).toEqual([10, 10, 10, 10, 10, 5, 5]);
  });

  it('matches the target_tracking policy', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            cpu: fc.double({ min: 0, max: 1, noNaN: true }),
            active: fc.integer({ min: 1, max: 40 }),
            provisioning: fc.integer({ min: 0, max: 10 }),
            /** Minutes without metrics before this one. */
            gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 12 })),
          }),
          { minLength: 1, maxLength: 24 },
        ),
        fc.integer({ min: 2, max: 19 }),
        (ticks, twentieth) => {
          const target = twentieth / 20;
          const hpa = new Hpa(target);
          let stored: unknown;
          let minute = -1;
          for (const { cpu, active, provisioning, gap } of ticks) {
            minute += 1 + gap;
            const proposal = proposeTargetTracking(
              { ...TARGET_TRACKING_DEFAULTS, metrics: [{ metric: 'cpu', target: 100 * target }] },
              {
                now: minute * MINUTE,
                intervalMs: MINUTE,
                bounds: { min: 1, max: 1000 },
                observation: observationOf(minute, cpu, active, provisioning),
                current: active + provisioning,
                leadTimeMs: null,
                engine: initialState(),
              },
              stored,
            );
            stored = proposal.state;
            const desired = hpa.desired(seen(minute, cpu, active, provisioning));
            expect(desired).toBe(Math.max(1, proposal.desired ?? Number.NaN));
          }
        },
      ),
    );
  });
});

function observationOf(minute: number, cpu: number, active: number, provisioning: number): Observation {
  const servers: Server[] = Array.from({ length: active }, (_, index) => ({ id: String(index), state: 'ACTIVE' }));
  const percent = 100 * cpu;
  const at = minute * MINUTE;
  return uniformObservation({
    at,
    active,
    provisioning,
    cpu: percent,
    requestRate: 0,
    demand: cpu * active,
    saturated: false,
    samples: servers.map(({ id }) => ({ serverId: id, at, cpu: percent, memory: 0, requestRate: 0 })),
  });
}

describe('aws', () => {
  it('scales out after three minutes above the target', () => {
    expect(
      play(new AwsTargetTracking(0.5), [
        [0.8, 10],
        [0.8, 10],
        [0.8, 10],
      ]),
    ).toEqual([10, 10, 16]);
  });

  it('restarts the count after a minute below the target', () => {
    expect(
      play(new AwsTargetTracking(0.5), [
        [0.8, 10],
        [0.8, 10],
        [0.5, 10],
        [0.8, 10],
      ]),
    ).toEqual([10, 10, 10, 10]);
  });

  it('scales in after fifteen minutes below nine tenths of the target', () => {
    const desired = play(
      new AwsTargetTracking(0.5),
      Array.from({ length: 15 }, () => [0.2, 10] as const),
    );
    expect(desired).toEqual([...Array.from({ length: 14 }, () => 10), 4]);
  });

  it('does not scale in during a scale-out', () => {
    const desired = play(
      new AwsTargetTracking(0.5),
      Array.from({ length: 20 }, () => [0.2, 10, 1] as const),
    );
    expect(new Set(desired)).toEqual(new Set([11]));
  });
});

describe('nomad', () => {
  it.each([
    ['within 1 %', 0.604, 10],
    ['above', 0.9, 15],
    ['below', 0.3, 5],
  ])('%s', (_, cpu, desired) => {
    expect(play(new NomadTargetValue(0.6), [[cpu, 10]])).toEqual([desired]);
  });

  it('waits for its cooldown of five minutes', () => {
    const desired = play(
      new NomadTargetValue(0.6),
      Array.from({ length: 6 }, () => [0.9, 10] as const),
    );
    expect(desired).toEqual([15, 10, 10, 10, 10, 15]);
  });
});

describe('azure', () => {
  it.each([
    ['3 servers at 60 % would be 2 at 90 %', 0.6, 3, 1, 0.8, 3],
    ['3 servers at 50 % become 2 at 75 %', 0.5, 3, 1, 0.8, 2],
    ['a removal down to 1 stops at the nearest count that holds', 0.4, 4, 3, 0.8, 2],
  ])('%s', (_, cpu, servers, step, out, left) => {
    expect(azureScaleIn(cpu, servers, step, out)).toBe(left);
  });

  it('waits for its cooldown', () => {
    expect(
      play(new AzureThresholds(0.8, 0.3), [
        [0.9, 3],
        [0.9, 4],
        [0.9, 4],
      ]),
    ).toEqual([4, 4, 4]);
  });
});

describe('trailing', () => {
  it('keeps the highest of its window plus headroom', () => {
    const ticks = [
      [0.9, 10],
      [0.45, 10],
      [0.45, 10],
      [0.45, 10],
      [0.45, 10],
      [0.45, 10],
    ] as const;
    expect(play(new Trailing(5, 0.1, 0.9), ticks)).toEqual([11, 11, 11, 11, 11, 6]);
  });
});

describe('seasonal', () => {
  it('repeats yesterday', () => {
    const policy = new Seasonal(0, 0.9);
    const demand = (minute: number) => (minute % 1440 >= 720 && minute % 1440 < 780 ? 9 : 1);
    let desired = 0;
    for (let minute = 0; minute < 1440 + 718; minute++) desired = policy.desired(seen(minute, demand(minute) / 20, 20));
    expect(desired).toBe(10);
  });
});

describe('threshold', () => {
  it('adds servers when CPU has been high for long enough', () => {
    const desired = play(new ThresholdBaseline(), [
      [0.85, 10],
      [0.85, 10],
      [0.85, 10],
    ]);
    expect(desired.at(-1)).toBeGreaterThan(10);
  });
});
