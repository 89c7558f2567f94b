import { describe, expect, it } from '@jest/globals';
import type { ApiRequest, KubernetesApi } from './api-client.js';
import { readPages } from './pages.js';

/** A list of `pages` pages with `size` numbers each. */
function apiOf(pages: number, size: number): { readonly api: KubernetesApi; readonly asked: string[] } {
  const asked: string[] = [];
  const get = async (_path: string, { query = {} }: ApiRequest): Promise<unknown> => {
    const page = Number(query['continue'] ?? 0);
    asked.push(new URLSearchParams(query as Record<string, string>).toString());
    const items = Array.from({ length: size }, (_, index) => page * size + index);
    return { metadata: page + 1 < pages ? { continue: String(page + 1) } : {}, items };
  };
  return { api: { get } as unknown as KubernetesApi, asked };
}

const REQUEST = { path: '/apis/x', right: 'list x', query: { a: 'b' }, signal: new AbortController().signal };

describe('a list in pages', () => {
  it('is read to its end', async () => {
    const { api, asked } = apiOf(3, 2);
    const taken: unknown[] = [];
    expect(await readPages(api, REQUEST, (object) => taken.push(object) > 0)).toBe('whole');
    expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
    expect(asked).toEqual(['a=b&limit=500', 'a=b&limit=500&continue=1', 'a=b&limit=500&continue=2']);
  });

  it('ends where enough is taken, without a further request', async () => {
    const { api, asked } = apiOf(3, 2);
    expect(await readPages(api, REQUEST, (object) => object !== 2)).toBe('cut');
    expect(asked).toHaveLength(2);
  });

  it('ends after 50,000 objects, however few are taken', async () => {
    const { api, asked } = apiOf(1000, 500);
    expect(await readPages(api, REQUEST, () => true)).toBe('cut');
    expect(asked).toHaveLength(100);
  });
});
