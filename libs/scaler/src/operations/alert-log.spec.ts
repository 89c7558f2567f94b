import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import { LiveBus } from '../live-events/live-bus.js';
import type { LiveAlert } from '../live-events/live-events.js';
import { AlertLog } from './alert-log.js';

const CLUSTER = 'c1';
let bus: LiveBus;
let log: AlertLog;

beforeEach(() => {
  bus = new LiveBus();
  log = new AlertLog(bus);
});

function tell(minute: number, code: AlertCode, state: LiveAlert['state'], clusterId = CLUSTER): void {
  bus.emit('alert', {
    type: 'alert',
    cluster_id: clusterId,
    timestamp: at(minute),
    data: { code, severity: 'warning', state, message: `${code} ${state}` },
  });
}

function at(minute: number): string {
  return new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString();
}

describe('the log of alerts', () => {
  it('knows active conditions and their start until they are cleared', () => {
    tell(1, 'metrics_missing', 'raised');
    expect(log.held(CLUSTER, 'metrics_missing')).toEqual({
      clusterId: CLUSTER,
      code: 'metrics_missing',
      severity: 'warning',
      message: 'metrics_missing raised',
      since: at(1),
      until: null,
    });
    expect(log.over(CLUSTER)).toEqual([]);
    tell(3, 'metrics_missing', 'cleared');
    expect(log.held(CLUSTER, 'metrics_missing')).toBeUndefined();
    expect(log.over(CLUSTER)).toMatchObject([{ code: 'metrics_missing', since: at(1), until: at(3) }]);
  });

  it('lists events as ended, newest first, separately for each cluster', () => {
    tell(1, 'drift', 'noticed');
    tell(2, 'servers_lost', 'noticed', 'c2');
    tell(3, 'unmet_demand', 'raised');
    expect(log.over(CLUSTER).map(({ code }) => code)).toEqual(['drift']);
    expect(log.over(null).map(({ code, since, until }) => [code, since === until])).toEqual([
      ['servers_lost', true],
      ['drift', true],
    ]);
    expect(log.held('c2', 'unmet_demand')).toBeUndefined();
  });

  it('ignores the end of an unknown condition', () => {
    tell(1, 'unmet_demand', 'cleared');
    expect(log.over(null)).toEqual([]);
  });

  it('drops the oldest entries above its limit', () => {
    for (let count = 0; count < 5000; count += 1)
      tell(count % 60, count === 4999 ? 'drift' : 'servers_lost', 'noticed');
    const over = log.over(null);
    expect(over.length).toBeLessThanOrEqual(2000);
    expect(over[0]?.code).toBe('drift');
  });
});
