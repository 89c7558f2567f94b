import { describe, expect, it } from '@jest/globals';
import { moneyWords, priceWords, sumsOf, sumsWords } from './money';

describe('money in words', () => {
  it.each([
    [1.921, 'EUR', '€1.92'],
    [2, 'USD', '$2.00'],
    [0.0964, 'EUR', '€0.096'],
    [0, 'EUR', '€0'],
    [12_345.6, 'JPY', '¥12,346'],
  ])('%d %s is %s', (amount, currency, words) => expect(moneyWords({ amount, currency })).toBe(words));

  it('is a dash where it is unknown', () => {
    expect(moneyWords(null)).toBe('–');
    expect(priceWords(null)).toBe('–');
    expect(sumsWords([])).toBeNull();
  });

  it('gives prices in full', () => {
    expect(priceWords({ per_server_hour: 0.0416, currency: 'USD' })).toBe('$0.0416');
  });

  it('has a sum for each currency', () => {
    const sums = sumsOf([
      { amount: 1, currency: 'USD' },
      { amount: 2, currency: 'EUR' },
      { amount: 3, currency: 'USD' },
    ]);
    expect(sumsWords(sums)).toBe('€2.00 + $4.00');
  });
});
