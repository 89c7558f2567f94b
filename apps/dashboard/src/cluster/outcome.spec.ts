import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collapsed, outcomeSymbol, outcomeWord } from './outcome';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();
const event = (second: number, more: Partial<Parameters<typeof collapsed>[0][number]> = {}) => ({
  action: 'SCALE_UP' as const,
  outcome: 'failed' as const,
  servers_before: 4,
  desired: 7,
  policy: 'threshold',
  timestamp: at(second),
  ...more,
});

describe('an outcome', () => {
  it.each([
    ['success', null, '▲', ''],
    ['pending', null, '▲', 'pending'],
    ['partial', null, '▲', 'partial'],
    ['failed', 'HTTP 409, the provider has no capacity for more servers', '✕', 'refused'],
    ['failed', 'it changed no server', '✕', 'failed'],
    ['failed', 'connect ECONNREFUSED 127.0.0.1:9000', '✕', 'failed'],
  ] as const)('%s with the error %s is %s %s', (outcome, error, symbol, word) => {
    expect(outcomeSymbol({ action: 'SCALE_UP', outcome })).toBe(symbol);
    expect(outcomeWord({ action: 'SCALE_UP', outcome, error })).toBe(word);
  });
});

describe('repeated failures', () => {
  it('of the same change are one, since the oldest', () => {
    const found = collapsed([event(9), event(5), event(1), event(0, { desired: 8 })]);
    expect(found.map(({ newest, count, since }) => [newest.timestamp, count, since])).toEqual([
      [at(9), 3, at(1)],
      [at(0), 1, at(0)],
    ]);
  });

  it('are not joined over what changed something between them', () => {
    const found = collapsed([event(9), event(5, { outcome: 'success' }), event(4, { outcome: 'success' }), event(1)]);
    expect(found.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
  });

  it('lose no event', () => {
    const outcomes = fc.constantFrom('success' as const, 'failed' as const, 'partial' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(outcomes, fc.nat(2))), (all) => {
        const events = all.map(([outcome, desired], index) => event(all.length - index, { outcome, desired }));
        const found = collapsed(events);
        expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(events.length);
      }),
    );
  });
});
