import { describe, expect, it } from '@jest/globals';
import { inBatches } from './batches.js';

async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[][]> {
  const all: T[][] = [];
  for await (const batch of batches) all.push([...batch]);
  return all;
}

describe('batches', () => {
  it('yields a single batch when all finish in time', async () => {
    const batches = inBatches([1, 2, 3], { limit: 2, patienceMs: 10_000 }, async (item) => item * 2);
    expect(await collect(batches)).toEqual([[2, 4, 6]]);
  });

  it('yields nothing for no items', async () => {
    expect(await collect(inBatches([], { limit: 2, patienceMs: 1 }, async () => 1))).toEqual([]);
  });

  it('never exceeds the concurrency limit', async () => {
    let running = 0;
    let highest = 0;
    const batches = inBatches(
      Array.from({ length: 50 }, (_, index) => index),
      { limit: 7, patienceMs: 10_000 },
      async () => {
        running += 1;
        highest = Math.max(highest, running);
        await new Promise(setImmediate);
        running -= 1;
      },
    );
    expect((await collect(batches)).flat()).toHaveLength(50);
    expect(highest).toBe(7);
  });

  it('does not delay a batch for a slow item', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const batches = inBatches(['quick', 'slow', 'brisk'], { limit: 3, patienceMs: 1 }, async (item) => {
      if (item === 'slow') await held;
      return item;
    });
    const first = await batches.next();
    expect(first.value).toEqual(['quick', 'brisk']);
    release();
    expect(await collect(batches)).toEqual([['slow']]);
  });
});
