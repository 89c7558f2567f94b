import { describe, expect, it } from '@jest/globals';
import { nothingObserved } from '../chart/series';
import { beginsAt } from './begins-at';

const CREATED = Date.parse('2026-11-24T12:00:00Z');
const DAY = 86_400_000;

describe('the history of a cluster', () => {
  const cluster = { created_at: new Date(CREATED).toISOString(), simulated_until: null };
  const observed = { observed: { ...nothingObserved(), x: [(CREATED - DAY) / 1000, CREATED / 1000] } };

  it('begins at its creation', () => {
    expect(beginsAt(cluster, null)).toBe(CREATED);
    expect(beginsAt(cluster, observed)).toBe(CREATED);
  });

  it('begins with its simulated past, once that is loaded', () => {
    const demo = { ...cluster, simulated_until: cluster.created_at };
    expect(beginsAt(demo, null)).toBe(Number.NEGATIVE_INFINITY);
    expect(beginsAt(demo, observed)).toBe(CREATED - DAY);
    expect(beginsAt(demo, { observed: nothingObserved() })).toBe(Number.NEGATIVE_INFINITY);
  });
});
