import { it } from '@jest/globals';
import { expectGolden } from '../../../../test/support/golden.js';
import type { Score } from './score.js';
import { summaryOf } from './trust.service.js';

const SCORE: Score = {
  at: 0,
  settled: 720,
  coverage: { '0.5': 0.5, '0.9': 0.912, '0.99': 0.99 },
  pinball: { '0.5': 1, '0.9': 1, '0.99': 1 },
  bias: 0.31,
  reactive: 0,
};
const summary = (change: Partial<Score>): string =>
  summaryOf([{ horizonMs: 180_000, total: { ...SCORE, ...change }, buckets: [] }]);

it('the summaries of forecasts match the golden file', () => {
  expectGolden(
    new URL('../../test/golden/trust.txt', import.meta.url),
    new Map([
      ['none', [summaryOf([])]],
      ['too few', [summary({ settled: 12 })]],
      ['held', [summary({})]],
      ['on its median', [summary({ bias: 0 }), summary({ bias: -0.04 }), summary({ bias: 0.05 })]],
      ['did not hold', [summary({ coverage: { ...SCORE.coverage, '0.9': 0.71 }, bias: -1, reactive: 0.6 })]],
    ]),
  );
});
