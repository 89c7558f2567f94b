import { describe, expect, it } from '@jest/globals';
import { validate } from 'class-validator';
import { plainToInstance } from 'class-transformer';
import type { SchedulePolicy } from '#engine';
import { configOf } from '#config';
import { PolicyDto } from './policy.dto.js';
import { policyFromStored, policyFromWire, policyToWire, thresholdDefaults } from './policy.mapping.js';
import { openWindows } from './schedule.js';

const HOUR = 3_600_000;
const RUSH: SchedulePolicy = {
  windows: [{ name: 'rush', cron: '30 7 * * 1-5', timeZone: 'Europe/Berlin', durationMs: 2 * HOUR, minServers: 12 }],
};

function isOpen(at: string): boolean {
  return openWindows(RUSH, Date.parse(at)).length > 0;
}

const DEFAULTS = thresholdDefaults(configOf({}));

describe('a window of a schedule', () => {
  it.each([
    ['2026-01-05T06:29:59.999Z', false],
    ['2026-01-05T06:30:00Z', true],
    ['2026-01-05T08:29:59.999Z', true],
    ['2026-01-05T08:30:00Z', false],
    // Daylight saving time.
    ['2026-07-06T05:30:00Z', true],
    ['2026-07-06T07:30:00Z', false],
    // A Saturday.
    ['2026-01-10T07:00:00Z', false],
  ])('at %s is open: %s', (at, open) => expect(isOpen(at)).toBe(open));

  it('is always open if it opens every day for a day', () => {
    const always: SchedulePolicy = {
      windows: [{ name: 'always', cron: '0 0 * * *', timeZone: 'UTC', durationMs: 24 * HOUR, maxServers: 5 }],
    };
    for (let hour = 0; hour < 48; hour += 1) {
      expect(openWindows(always, Date.UTC(2026, 0, 5, hour))).toEqual([{ name: 'always', maxServers: 5 }]);
    }
  });
});

describe('a schedule in the wire format', () => {
  const faultsOf = async (window: object): Promise<string> => {
    const dto = plainToInstance(PolicyDto, {
      schedule: { windows: [{ name: 'rush', cron: '0 8 * * *', duration: '1h', ...window }] },
    });
    return JSON.stringify(await validate(dto));
  };

  it('is accepted when it is valid', async () => expect(await faultsOf({ min_servers: 3 })).toBe('[]'));

  it.each([
    [{ cron: '0 8 * *' }, 'cron must be a cron expression of five fields'],
    [{ cron: '0 0 31 2 *' }, 'it never comes to pass'],
    [{ cron: '2030-01-01T00:00:00' }, 'cron must be a cron expression of five fields'],
    [{ cron: `${'1,'.repeat(500)}1 8 * * *` }, 'at most 500 characters'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ duration: '5s' }, 'duration must be'],
    [{ name: '<b>' }, 'name must consist of'],
  ])('is rejected with %j', async (window, message) => expect(await faultsOf(window)).toContain(message));
});

describe('a policy in the wire format', () => {
  it.each([
    [{ violations: '1%' }, 0.01],
    [{ violations: 0.002 }, 0.002],
    [{ violations: 1e-9 }, 1e-9],
    [{}, 0.01],
    [{ error_budget: '14m24s' }, 0.01],
    [{ error_budget: '43m', window: '30d' }, 43 / 43_200],
  ])('may state its promise as %j', (slo, violations) => {
    const policy = policyFromWire({ slo }, DEFAULTS);
    expect(policy.slo?.violations).toBeCloseTo(violations, 12);
    const read = policyFromWire(policyToWire(policy), DEFAULTS);
    expect(read.slo?.violations).toBeCloseTo(violations, 12);
  });

  it.each(['slo', 'target_tracking', 'threshold', 'schedule'] as const)('may be forecast-only with %s', (kind) => {
    const kinds = {
      slo: {},
      target_tracking: { metrics: [{ metric: 'cpu' as const, target: 60 }] },
      threshold: {},
      schedule: { windows: [{ name: 'rush', cron: '0 8 * * *', duration: '1h', min_servers: 3 }] },
    };
    const dto: PolicyDto = { ...kinds, [kind]: { ...kinds[kind], forecast_only: true } };
    const policy = policyFromWire(dto, DEFAULTS);
    expect(policy.forecastOnly).toEqual([kind]);
    expect(policyFromWire(policyToWire(policy), DEFAULTS)).toEqual(policy);
  });
});

describe('an emergency limit', () => {
  it('is refused below the high threshold, also below its default, and read where it is stored', () => {
    for (const threshold of [{ cpu_high: 80, emergency: 70 }, { emergency: DEFAULTS.cpuHigh - 1 }]) {
      expect(() => policyFromWire({ threshold }, DEFAULTS)).toThrow('emergency');
      expect(policyFromStored({ threshold }, DEFAULTS).threshold?.emergency).toBe(threshold.emergency);
    }
  });

  it('is by default not below a high threshold above its usual default', () => {
    expect(policyFromWire({ threshold: { cpu_high: 99 } }, DEFAULTS).threshold).toMatchObject({
      cpuHigh: 99,
      emergency: 99,
    });
  });
});
