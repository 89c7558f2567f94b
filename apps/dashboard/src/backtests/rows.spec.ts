import { describe, expect, it } from '@jest/globals';
import type { BacktestRow } from './queries';
import { costWords, displayName, verdictWords } from './rows';

function row(kind: BacktestRow['kind'], name: string, promised?: number): BacktestRow {
  return { kind, name, ...(promised === undefined ? {} : { promised }) } as BacktestRow;
}

describe('a row of a backtest', () => {
  it.each([
    [row('oracle', 'oracle'), 'Who sees the future'],
    [row('frontier', 'slo 0.5 %', 0.005), 'Service level 0.5 %'],
    [row('baseline', 'hpa 60 %'), 'HPA 60 %'],
    [row('baseline', 'azure 70/30 %'), 'Azure 70/30 %'],
    [row('baseline', 'threshold'), 'Thresholds'],
    [row('baseline', 'trailing 15 min + 20 %'), 'Trailing maximum 15 min + 20 %'],
    [row('hindsight', 'hindsight hpa, target 80.0 %'), 'HPA in hindsight, target 80 %'],
    [row('policy', 'hpa 60 %'), 'hpa 60 %'],
    [row('baseline', 'unknown baseline'), 'unknown baseline'],
  ])('is called what people call it: %#', (own, name) => expect(displayName(own)).toBe(name));

  it('is judged by its own promise, if it has one', () => {
    const promise = { violations: 0.01, max_utilization: 0.9 };
    expect(verdictWords({ promised: 0.05, kept: true }, promise)).toBe('at most 5 % promised: kept');
    expect(verdictWords({ kept: false }, promise)).toBe('at most 1 % promised: broken');
  });

  it.each([
    [1.44, '44 % more than the least'],
    [0.97, '3 % less than the least'],
    [1, 'as much as the least'],
    [97.15, '97.2 times as much as the least'],
  ])('costs %d of the least in words', (multiple, words) => expect(costWords(multiple)).toBe(words));
});
