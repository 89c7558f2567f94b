import { describe, expect, it } from '@jest/globals';
import { DeliveryQueue, type Outcome } from './delivery-queue.js';
import { DeliveryError } from './webhook.client.js';

const OPTIONS = { waiting: 3, attempts: 4, firstWaitMs: 1000, longestWaitMs: 3000 };

function queue() {
  const outcomes: [Outcome, string][] = [];
  const waits: number[] = [];
  const deliveries = new DeliveryQueue(
    OPTIONS,
    (outcome, receiver) => outcomes.push([outcome, receiver]),
    async (ms) => {
      waits.push(ms);
    },
  );
  return { deliveries, outcomes, waits };
}

describe('deliveries', () => {
  it('are tried again, after longer and longer waits, until they are given up', async () => {
    const { deliveries, outcomes, waits } = queue();
    let tries = 0;
    deliveries.push('a', async () => {
      tries += 1;
      throw new DeliveryError('it answered 503', false);
    });
    await deliveries.idle();
    expect({ tries, waits, outcomes }).toEqual({ tries: 4, waits: [1000, 2000, 3000], outcomes: [['failed', 'a']] });
  });

  it('are given up at once when the receiver says no', async () => {
    const { deliveries, outcomes, waits } = queue();
    deliveries.push('a', async () => {
      throw new DeliveryError('it answered 410', true);
    });
    await deliveries.idle();
    expect({ waits, outcomes }).toEqual({ waits: [], outcomes: [['failed', 'a']] });
  });

  it('keep their order, and wait for no other receiver', async () => {
    const { deliveries, outcomes } = queue();
    const delivered: string[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    deliveries.push('slow', async () => held);
    for (const name of ['first', 'second']) {
      deliveries.push('quick', async () => {
        delivered.push(name);
      });
    }
    while (outcomes.length < 2) await new Promise(setImmediate);
    expect(delivered).toEqual(['first', 'second']);
    release();
    await deliveries.idle();
    expect(outcomes).toContainEqual(['delivered', 'slow']);
  });

  it('are bounded: the oldest that wait are dropped', async () => {
    const { deliveries, outcomes } = queue();
    const delivered: number[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    deliveries.push('a', async () => held);
    for (let number = 1; number <= 5; number += 1) {
      deliveries.push('a', async () => {
        delivered.push(number);
      });
    }
    release();
    await deliveries.idle();
    expect(delivered).toEqual([3, 4, 5]);
    expect(outcomes.filter(([outcome]) => outcome === 'dropped')).toHaveLength(2);
  });

  it('end when the service stops', async () => {
    const { deliveries, outcomes } = queue();
    deliveries.push(
      'a',
      async (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DeliveryError('no answer', false)));
        }),
    );
    await deliveries.stop();
    deliveries.push('a', async () => undefined);
    await deliveries.idle();
    expect(outcomes).toEqual([]);
  });
});
