import { describe, expect, it } from '@jest/globals';
import { ProviderError } from './errors.js';
import { readEach } from './read-each.js';

const cluster = (id: string) => ({ id, target: null, metrics: null, fence: null });

describe('reading clusters one by one', () => {
  it('keeps the error of each cluster to itself, also one that is no ProviderError', async () => {
    const refused = new ProviderError('refused', 'no');
    const broken = new TypeError('servers is undefined');
    const failures = new Map<string, Error>([
      ['refused', refused],
      ['broken', broken],
    ]);
    const readings = await readEach(['fine', 'refused', 'broken'].map(cluster), async ({ id }) => {
      const failure = failures.get(id);
      if (failure !== undefined) throw failure;
      return { at: 1 };
    });
    expect(readings.get('fine')).toEqual({ at: 1 });
    expect(readings.get('refused')).toBe(refused);
    expect(readings.get('broken')).toMatchObject({ code: 'invalid', message: 'servers is undefined', cause: broken });
  });
});
