import { describe, expect, it } from '@jest/globals';
import { type ChartData, nothingObserved } from '../chart/series';
import { refusedIn, withRefused } from './refused';

const START = Date.parse('2026-11-30T12:00:00Z');
const SECOND = 1000;

function attempt(second: number, outcome: 'failed' | 'partial' | 'success', desired: number) {
  return { id: `at ${second}`, timestamp: new Date(START + second * SECOND).toISOString(), outcome, desired };
}
const seconds = (all: ReturnType<typeof refusedIn>): unknown[] =>
  all.map(({ from, to, desired }) => [(from - START) / SECOND, (to - START) / SECOND, desired]);

describe('refused counts', () => {
  it('hold until the next attempt, or until none follows', () => {
    const events = [
      attempt(400, 'success', 9),
      attempt(200, 'failed', 8),
      attempt(30, 'partial', 7),
      attempt(0, 'failed', 7),
    ];
    expect(seconds(refusedIn(events, 'at 400', false))).toEqual([
      [200, 320, 8],
      [30, 150, 7],
      [0, 30, 7],
    ]);
  });

  it('hold until now while the newest one is refused', () => {
    const events = [attempt(30, 'failed', 8), attempt(0, 'failed', 7)];
    expect(seconds(refusedIn(events, 'at 30', true))).toEqual([
      [30, Infinity, 8],
      [0, 30, 7],
    ]);
    expect(seconds(refusedIn(events, 'at 30', false))).toEqual([[0, 30, 7]]);
    // In a view of the past the newest event is not among them.
    expect(seconds(refusedIn(events, 'at 999', true))).toEqual([
      [30, 150, 8],
      [0, 30, 7],
    ]);
  });

  it('are the desired count of a chart for that time, and gaps stay', () => {
    const data: ChartData = {
      observed: { ...nothingObserved(), x: [0, 10, 20, 20.001, 60, 70], desired: [4, 4, 4, null, 4, 9] },
      forecasts: { x: [], p50: [], p99: [], upper: [] },
      until: null,
      theirsBy: null,
      hpaTarget: 60,
      simulatedUntil: null,
    };
    const refused = [
      { from: 40 * SECOND, to: 70 * SECOND, desired: 9 },
      { from: 10 * SECOND, to: 30 * SECOND, desired: 8 },
    ];
    expect(withRefused(data, refused).observed.desired).toEqual([4, 8, 8, null, 9, 9]);
    expect(withRefused(data, []).observed.desired).toEqual(data.observed.desired);
  });
});
