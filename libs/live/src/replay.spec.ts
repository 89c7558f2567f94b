import { describe, expect, it } from '@jest/globals';
import type { LiveEvents } from '#scaler';
import { Replay } from './replay.js';

const WINDOW_MS = 1000;

function alert(clusterId: string): LiveEvents['alert'] {
  const data = { code: 'drift', severity: 'info', state: 'noticed', message: 'scaled by hand' } as const;
  return { type: 'alert', cluster_id: clusterId, timestamp: '2026-01-05T00:00:00.000Z', data };
}

describe('replay', () => {
  const both = new Set(['a', 'b']);

  it('returns the events after the last one, of the requested clusters', () => {
    const replay = new Replay('p', WINDOW_MS);
    const first = replay.add(alert('a'), 0);
    const second = replay.add(alert('b'), 1);
    const third = replay.add(alert('a'), 2);
    expect(replay.since(new Set(['a']), first.id, 3)).toEqual({ missed: false, events: [third] });
    expect(replay.since(both, first.id, 3)).toEqual({ missed: false, events: [second, third] });
    expect(replay.since(both, third.id, 3)).toEqual({ missed: false, events: [] });
  });

  it('reports a gap if more was missed than is kept', () => {
    const replay = new Replay('p', WINDOW_MS);
    const old = replay.add(alert('a'), 0);
    replay.add(alert('a'), 1);
    const late = replay.add(alert('a'), WINDOW_MS + 2);
    expect(replay.since(both, old.id, WINDOW_MS + 2)).toEqual({ missed: true, events: [late] });
  });

  it.each(['another-1', 'p-99', 'p-x', '', 'p'])('reports a gap for an unknown id: %j', (id) => {
    const replay = new Replay('p', WINDOW_MS);
    const event = replay.add(alert('a'), 0);
    expect(replay.since(both, id, 1)).toEqual({ missed: true, events: [event] });
  });

  it('reports a gap after it was cleared', () => {
    const replay = new Replay('p', WINDOW_MS);
    const before = replay.add(alert('a'), 0);
    replay.add(alert('a'), 0);
    replay.clear();
    expect(replay.since(both, before.id, 1)).toEqual({ missed: true, events: [] });
  });

  it('is limited in number of events', () => {
    const replay = new Replay('p', WINDOW_MS);
    for (let index = 0; index < 50_000; index += 1) replay.add(alert('a'), 0);
    expect(replay.since(both, 'p-0', 0).events).toHaveLength(20_000);
  });

  it('is limited in list items of its events, too', () => {
    const replay = new Replay('p', WINDOW_MS);
    const servers = Array.from({ length: 1000 }, () => ({ server_id: 's', cpu_usage: 1 }));
    const metrics = { ...alert('a'), type: 'metrics', data: { servers } } as unknown as LiveEvents['metrics'];
    for (let index = 0; index < 5000; index += 1) {
      replay.add(metrics, 0);
      expect(replay.size).toBeLessThan(500_000);
    }
    expect(replay.since(both, 'p-0', 0).events).toHaveLength(199);
  });

  it('drops expired events even if no client reconnects', () => {
    const replay = new Replay('p', WINDOW_MS);
    for (let index = 0; index < 10_000; index += 1) replay.add(alert('a'), index);
    expect(replay.size).toBeLessThanOrEqual(2 * WINDOW_MS + 1);
  });
});
