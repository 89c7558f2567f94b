import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderError } from '../errors.js';
import { testContext } from './test-context.js';

const { signal } = new AbortController();

describe('the context of tests of plugins', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        if (request.url === '/moved') response.writeHead(302, { location: '/' });
        const { method, headers } = request;
        response.end(JSON.stringify({ method, path: request.url, body, token: headers['x-token'] }));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('sends what a session sends, with the options of the client', async () => {
    const http = testContext().httpWith({ headers: { 'x-token': 't' }, query: { region: 'eu' } });
    const { status, text: answer } = await http.request(`${url}/jobs?all=1`, {
      method: 'POST',
      json: { count: 2 },
      signal,
    });
    expect(status).toBe(200);
    expect(JSON.parse(answer)).toEqual({
      method: 'POST',
      path: '/jobs?all=1&region=eu',
      body: '{"count":2}',
      token: 't',
    });
  });

  it('follows no redirect', async () => {
    expect((await testContext().http.request(`${url}/moved`, { signal })).status).toBe(302);
  });

  it('fails as the service does: nothing answers, no time is left, a secret is missing', async () => {
    const context = testContext({ token: 'a' });
    const gone = context.http.request('http://127.0.0.1:1', { signal });
    await expect(gone).rejects.toMatchObject({ code: 'unreachable' });
    const late = context.http.request(url, { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'unreachable', message: 'no answer in time' });
    expect([...context.secrets]).toEqual(['token']);
    await expect(context.secret('token')).resolves.toBe('a');
    await expect(context.secret('key')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(() => testContext().httpWith({ ca: 'PEM' })).toThrow(ProviderError);
  });
});
