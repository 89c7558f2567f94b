import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../../../test/support/eventually.js';
import { KubernetesApi } from './api-client.js';

const SIGNAL = new AbortController().signal;
const request = { right: 'get things in namespace web', signal: SIGNAL };

describe('the API of a cluster', () => {
  let server: Server;
  let api: KubernetesApi;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  beforeEach(async () => {
    server = createServer((incoming, response) => answer(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    api = new KubernetesApi({ server: `http://127.0.0.1:${port}/k8s/`, tls: {}, token: async () => 'abc' });
  });
  afterEach(async () => {
    await api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const says = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
    answer = (_request, response) => response.writeHead(status, headers).end(JSON.stringify(body));
  };

  it('is asked below the path of its server, with the token', async () => {
    answer = ({ url, headers }, response) => response.end(JSON.stringify({ url, token: headers.authorization }));
    expect(await api.get('/api/v1/pods', { ...request, query: { limit: 5 } })).toEqual({
      url: '/k8s/api/v1/pods?limit=5',
      token: 'Bearer abc',
    });
  });

  it.each<[number, string, string]>([
    [400, 'refused', 'HTTP 400 of the API server: no'],
    [401, 'unauthorized', 'the API server does not accept the credentials: they are wrong, or have expired'],
    // An admission webhook has said no.
    [403, 'refused', 'HTTP 403 of the API server: no'],
    [404, 'not_found', 'HTTP 404 of the API server: no'],
    [409, 'conflict', 'HTTP 409 of the API server: no'],
    [422, 'refused', 'HTTP 422 of the API server: no'],
    [429, 'throttled', 'HTTP 429 of the API server: no'],
    [302, 'invalid', 'HTTP 302 of the API server: no'],
    [503, 'unreachable', 'HTTP 503 of the API server: no'],
  ])('that answers %d is %s', async (status, code, message) => {
    says(status, { kind: 'Status', message: 'no' });
    await expect(api.get('/things', request)).rejects.toMatchObject({ code, message });
  });

  it('names the right that is missing', async () => {
    says(403, { message: 'things is forbidden: User "x" cannot get resource "things"' });
    await expect(api.get('/things', request)).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'the right is missing to get things in namespace web',
    });
  });

  it('knows how far its clock is ahead, and does not follow the seconds of each answer', async () => {
    const dated = async (aheadMs: number): Promise<number> => {
      says(200, {}, { date: new Date(Date.now() + aheadMs).toUTCString() });
      await api.get('/things', request);
      return api.clockAheadMs;
    };
    expect(await dated(0)).toBe(0);
    const ahead = await dated(60_000);
    expect(Math.abs(ahead - 60_000)).toBeLessThan(1000);
    expect(await dated(61_000)).toBe(ahead);
    expect(await dated(0)).toBe(0);
    expect(await dated(-30_000)).toBeLessThan(-29_000);
  });

  it('takes the time from the headers, however long the body takes', async () => {
    let finish = (): void => undefined;
    answer = (_request, response) => {
      response.writeHead(200, { date: new Date(Date.now() + 60_000).toUTCString() });
      response.flushHeaders();
      finish = () => response.end('{}');
    };
    const asked = api.get('/things', request);
    await eventually('the clock is known', () => api.clockAheadMs > 50_000);
    finish();
    await asked;
  });

  it('ends a request when its signal is aborted', async () => {
    answer = () => undefined;
    const limit = new AbortController();
    const asked = api.get('/things', { ...request, signal: limit.signal });
    limit.abort();
    await expect(asked).rejects.toMatchObject({ code: 'unreachable', message: 'no answer in time' });
  });
});
