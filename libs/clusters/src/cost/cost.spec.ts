import { describe, expect, it } from '@jest/globals';
import { moneyOf, sumByCurrency } from './cost.js';

const EURO = { perServerHour: 0.1, currency: 'EUR' };

describe('money', () => {
  it('is the price times the server hours, without noise of binary fractions', () => {
    expect(moneyOf(EURO, 3)).toEqual({ amount: 0.3, currency: 'EUR' });
    expect(moneyOf(EURO, 0)).toEqual({ amount: 0, currency: 'EUR' });
  });

  it('is unknown, and not 0, where the price or the hours are unknown', () => {
    expect(moneyOf(null, 3)).toBeNull();
    expect(moneyOf(undefined, 3)).toBeNull();
    expect(moneyOf(EURO, null)).toBeNull();
  });

  it('of different currencies is never added', () => {
    const amounts = [moneyOf({ perServerHour: 2, currency: 'USD' }, 1), moneyOf(EURO, 1), null, moneyOf(EURO, 2)];
    expect(sumByCurrency(amounts)).toEqual([
      { amount: 0.3, currency: 'EUR' },
      { amount: 2, currency: 'USD' },
    ]);
    expect(sumByCurrency([null])).toEqual([]);
  });
});
