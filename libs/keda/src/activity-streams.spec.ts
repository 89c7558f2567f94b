import { describe, expect, it } from '@jest/globals';
import { ActivityStreams } from './activity-streams.js';
import type { ExternalScaler } from './external-scaler.js';
import { ScalerError } from './scaler.error.js';

const REF = { name: 'web', namespace: 'web', scalerMetadata: {} };

describe('the streams of KEDA', () => {
  it('receive nothing about a cluster of another owner', async () => {
    const asked: string[] = [];
    const streams = new ActivityStreams({
      check: async () => Promise.reject(new ScalerError('NOT_FOUND', 'there is no such cluster')),
      isActive: async () => {
        asked.push('isActive');
        return { result: true };
      },
    } as Partial<ExternalScaler> as ExternalScaler);
    const stream = { write: () => undefined };
    streams.open(stream);
    await expect(streams.watch(stream, REF)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await streams.sweep();
    expect(asked).toEqual([]);
  });

  it('are limited in number, those that receive nothing included', () => {
    const streams = new ActivityStreams({} as ExternalScaler);
    const first = {};
    streams.open(first);
    for (let count = 1; count < 5000; count += 1) streams.open({});
    expect(() => streams.open({})).toThrow('there are 5000 streams already');
    streams.remove(first);
    expect(() => streams.open({})).not.toThrow();
  });

  it('are asked for several at once, so that one slow answer does not hold up all others', async () => {
    let answer = (): void => undefined;
    const slow = new Promise<{ result: boolean }>((resolve) => {
      answer = () => resolve({ result: true });
    });
    let asked = 0;
    const heard: string[] = [];
    const streams = new ActivityStreams({
      check: async () => undefined,
      isActive: async ({ name }) => {
        if (name === 'slow') return slow;
        asked += 1;
        if (asked === 2) answer();
        return { result: true };
      },
    } as Partial<ExternalScaler> as ExternalScaler);
    for (const name of ['slow', 'first']) {
      const stream = { write: () => void heard.push(name) };
      streams.open(stream);
      await streams.watch(stream, { ...REF, name });
    }
    // The slow one is answered only once the other was asked again.
    await streams.sweep();
    expect(heard.toSorted()).toEqual(['first', 'slow']);
  });
});
