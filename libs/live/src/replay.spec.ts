import { expect, test } from '@jest/globals';
import type { LiveEvents } from '#scaler';
import { Replay } from './replay.js';

const alert = (cluster_id: string): LiveEvents['alert'] => ({
  type: 'alert',
  cluster_id,
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { code: 'drift', severity: 'info', state: 'noticed', message: 'seen' },
});

test('gives what came after an event, of that cluster only', () => {
  const replay = new Replay('a', 1000);
  const first = replay.add(alert('one'), 0);
  replay.add(alert('two'), 1);
  const third = replay.add(alert('one'), 2);
  expect(replay.since('one', first.id, 3)).toEqual({ missed: false, events: [third] });
});

test('says that something was missed when the event is too old, or of another process', () => {
  const replay = new Replay('a', 1000);
  const first = replay.add(alert('one'), 0);
  expect(replay.since('one', first.id, 1001)).toEqual({ missed: true, events: [] });
  expect(replay.since('one', 'b-1', 1).missed).toBe(true);
});
