import { describe, expect, it } from '@jest/globals';
import { countedWords, measuredWords } from './measured-words';

const MEASURED = { from: '', to: '', requests: 1000, bad: 4, share: 0.004, promised: 0.01, covered: 0.98 };

describe('the sentence on slow or failed requests', () => {
  it.each([
    [
      {},
      'Measured by Prometheus: 0.4 % of requests were slow or failed; promised is at most 1 %. Known 98 % of the time.',
    ],
    [
      { promised: null, covered: 1 },
      'Measured by Prometheus: 0.4 % of requests were slow or failed. Known all the time.',
    ],
    [
      { share: 0.0002, promised: 0.001, covered: 0.004 },
      'Measured by Prometheus: 0.02 % of requests were slow or failed; promised is at most 0.1 %. Known less than 1 % of the time.',
    ],
    [
      { share: 0, bad: 0 },
      'Measured by Prometheus: 0 % of requests were slow or failed; promised is at most 1 %. Known 98 % of the time.',
    ],
    [{ requests: 0, bad: 0, share: null }, 'Measured by Prometheus: there were no requests. Known 98 % of the time.'],
    [
      { requests: null, bad: null, share: null, covered: 0 },
      'Prometheus counts slow or failed requests, but no count of this time is known.',
    ],
  ])('as the source measures them: %j', (change, words) => {
    expect(measuredWords({ ...MEASURED, ...change }, 'Prometheus')).toBe(words);
  });

  it('as the engine counts them', () => {
    expect(countedWords({ maxUtilization: 0.9 }, { spent: 0.0234 })).toBe(
      'Counted by the engine: 2.3 % of requests arrived above 90 % utilization, over the last days.',
    );
  });
});
