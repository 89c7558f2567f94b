import { describe, expect, it } from '@jest/globals';
import { LiveBus } from './live-bus.js';
import type { LiveEvents } from './live-events.js';

const ALERT: LiveEvents['alert'] = {
  type: 'alert',
  cluster_id: 'c',
  timestamp: '2026-01-05T12:00:00.000Z',
  data: { code: 'drift', severity: 'info', state: 'noticed', message: 'changed by hand' },
};

describe('the live bus', () => {
  it('calls listeners until they unsubscribe', () => {
    const bus = new LiveBus();
    const heard: unknown[] = [];
    expect(bus.heard('alert')).toBe(false);
    const stop = bus.on('alert', (event) => heard.push(event));
    expect(bus.heard('alert')).toBe(true);
    bus.emit('alert', ALERT);
    stop();
    bus.emit('alert', ALERT);
    expect(heard).toEqual([ALERT]);
  });

  it('keeps calling the other listeners when one throws', () => {
    const errors: unknown[] = [];
    const bus = new LiveBus((error) => errors.push(error));
    const heard: unknown[] = [];
    bus.on('alert', () => {
      throw new Error('mine');
    });
    bus.on('alert', (event) => heard.push(event));
    bus.emit('alert', ALERT);
    expect(heard).toEqual([ALERT]);
    expect(errors).toEqual([new Error('mine')]);
  });
});
