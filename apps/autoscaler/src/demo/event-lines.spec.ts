import { describe, expect, it } from '@jest/globals';
import { EventLines } from './event-lines.js';

function event(
  minute: number,
  outcome: 'success' | 'partial' | 'failed',
  desired: number,
  after: number | null = desired,
) {
  const timestamp = `2026-01-05T11:0${minute}:00.000Z`;
  const data = {
    action: 'SCALE_UP' as const,
    outcome,
    servers_before: 4,
    servers_after: after,
    desired,
    reason: 'why',
  };
  return { cluster_id: 'a', timestamp, data };
}

describe('the lines of scaling events', () => {
  it('say a refusal once, with the count that was requested, and how often it was repeated', () => {
    const lines = new EventLines();
    expect(lines.lineOf('web', event(0, 'failed', 7, 4))).toBe('  11:00:00  ✗ web              4 → 7   (refused) why');
    expect(lines.lineOf('web', event(1, 'failed', 7, 4))).toBeNull();
    expect(lines.lineOf('web', event(2, 'failed', 9, 4))).toContain('4 → 9');
    expect(lines.lineOf('web', event(3, 'failed', 9, 4))).toBeNull();
    expect(lines.lineOf('web', event(4, 'success', 9))).toBe(
      '  11:04:00  ▲ web              4 → 9   (2 × refused since 11:02:00) why',
    );
    expect(lines.lineOf('web', event(5, 'failed', 9, 4))).toContain('✗');
  });

  it('say what is reached of a partial one', () => {
    expect(new EventLines().lineOf('web', event(0, 'partial', 7, 6))).toContain(
      '▲ web              4 → 6   (partial) why',
    );
    expect(new EventLines().lineOf('web', event(0, 'success', 7, null))).toContain('4 → 7   why');
  });
});
