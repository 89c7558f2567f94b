import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { ApiClient, PASSWORD } from './support/client.js';
import { startSystem, type System } from './support/programs.js';

const CLUSTERS = 66;

let system: System;
let ada: ApiClient;

beforeAll(async () => {
  system = await startSystem({ env: { AUTOSCALER_API_RATE_LIMIT: '100000' } });
  ada = await ApiClient.register(system.urls.api, 'ada');
  for (let number = 1; number <= CLUSTERS; number += 1) {
    // Paused, with few ticks: nothing here depends on them.
    const body = {
      name: `cluster ${number}`,
      min_servers: 1,
      max_servers: 9,
      status: 'paused',
      config: { interval: '1h' },
    };
    expect((await ada.post('/clusters', body)).status).toBe(201);
  }
});
afterAll(async () => system?.stop());

interface OnTheWire {
  readonly encoding: string | undefined;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The answer as it is on the wire; `fetch` would decompress it. */
async function get(url: string, accepted?: string): Promise<OnTheWire> {
  const { statusCode, headers, body } = await request(url, {
    headers: {
      authorization: `Bearer ${ada.token}`,
      ...(accepted === undefined ? {} : { 'accept-encoding': accepted }),
    },
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${url} was answered with ${statusCode}`);
  return { encoding: headers['content-encoding'] as string | undefined, bytes, headers };
}

describe('answers on the wire', () => {
  it.each([
    ['a list of clusters', () => `${system.urls.api}/clusters?limit=100`, 8],
    ['the overview', () => `${system.urls.api}/clusters/overview`, 8],
    ['the API document', () => `${system.urls.api}/swagger/doc.json`, 5],
    ['Swagger UI', () => `${system.urls.api}/swagger/index.html/swagger-ui-bundle.js`, 3],
    ['metrics for Prometheus', () => `${system.urls.prometheus}/metrics`, 4],
  ])('%s is compressed as the client accepts', async (_name, url, times) => {
    const plain = await get(url());
    expect(plain.encoding).toBeUndefined();
    for (const [accepted, decompress] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { encoding, bytes } = await get(url(), accepted);
      expect(encoding).toBe(accepted);
      expect(bytes.length * times).toBeLessThan(plain.bytes.length);
      expect(decompress(bytes).subarray(0, 1).equals(plain.bytes.subarray(0, 1))).toBe(true);
    }
  });

  it('a list of 66 clusters is complete, and takes at most 10 KB', async () => {
    const { bytes } = await get(`${system.urls.api}/clusters?limit=100`, 'gzip, deflate, br');
    expect(bytes.length).toBeLessThan(10_000);
    const { clusters } = JSON.parse(brotliDecompressSync(bytes).toString()) as { clusters: { name: string }[] };
    expect(clusters.map(({ name }) => name)).toContain(`cluster ${CLUSTERS}`);
    expect(clusters).toHaveLength(CLUSTERS);
  });

  it('files of the page were compressed when they were built', async () => {
    const html = (await get(`${system.urls.api}/ui/`)).bytes.toString();
    const script = /src="(\/ui\/assets\/[^"]+\.js)"/.exec(html)?.[1];
    const [br, gzip] = await Promise.all(['br', 'gzip'].map(async (as) => get(`${system.urls.api}${script}`, as)));
    expect([br?.encoding, gzip?.encoding]).toEqual(['br', 'gzip']);
    expect(br!.bytes.length).toBeLessThan(gzip!.bytes.length);
    // Only a file that is ready has a length before it is sent.
    expect(br!.headers['content-length']).toBe(String(br!.bytes.length));
    expect(br!.headers['content-length']).toBeDefined();
  });

  it('an answer with a token forbids compression, also to proxies', async () => {
    const answers = await Promise.all([
      ada.post('/auth/login', { username: 'ada', password: PASSWORD }),
      ada.post('/auth/register', { username: 'bob', password: PASSWORD }),
    ]);
    for (const { headers, body } of answers) {
      expect(body['token']).toEqual(expect.any(String));
      expect(headers.get('cache-control')).toBe('no-store, no-transform');
      expect(headers.get('content-encoding')).toBeNull();
    }
  });
});
