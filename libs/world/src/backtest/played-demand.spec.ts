import { describe, expect, it } from '@jest/globals';
import { traceOf } from '../load/trace.js';
import { demandOfHistory, demandOfTrace } from './played-demand.js';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 5);
const TICKS = { tickSeconds: 60, days: Number.POSITIVE_INFINITY };

function points(...values: readonly (number | null)[]) {
  return values.flatMap((value, index) => (value === null ? [] : [{ at: START + index * MINUTE_MS, value }]));
}

describe('demand of a backtest', () => {
  it('of a trace is in servers: by peak, or by capacity of a server', () => {
    const trace = traceOf('t', points(100, 200, 400));
    expect([...demandOfTrace(trace, { kind: 'peak', servers: 8 }, TICKS).demand]).toEqual([2, 4, 8]);
    expect(demandOfTrace(trace, { kind: 'capacity', perServer: 50 }, TICKS)).toEqual({
      demand: Float64Array.of(2, 4, 8),
      startAt: START,
      remarks: [],
    });
  });

  it('of recorded history is what was observed at the end of a tick', () => {
    const played = demandOfHistory('web', { points: points(2, 3, 4), saturated: 0 }, TICKS);
    expect(played).toEqual({ demand: Float64Array.of(2, 3, 4), startAt: START - MINUTE_MS, remarks: [] });
  });

  it('reports what is unknown', () => {
    const { demand, remarks } = demandOfHistory(
      'web',
      { points: points(2, null, 4, 5, 5, 6, 7, 8), saturated: 0.25 },
      TICKS,
    );
    expect([...demand]).toEqual([2, 3, 4, 5, 5, 6, 7, 8]);
    expect(remarks).toEqual([
      'In 25.0 % of the minutes the cluster was saturated: demand was at least what is played.',
      'Of 12.5 % of the minutes there is no record: a straight line is played between their neighbors.',
    ]);
  });

  it('needs at least two minutes', () => {
    expect(() => demandOfHistory('web', { points: points(2), saturated: 0 }, TICKS)).toThrow(
      'web: a trace needs at least two points',
    );
  });
});
