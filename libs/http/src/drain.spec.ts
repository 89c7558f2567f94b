import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { drainable } from './drain.js';

const agent = new Agent({ keepAlive: true });
const answers: ServerResponse[] = [];

async function start(): Promise<{ server: Server; port: number; drain: () => void }> {
  const server = createServer((_request, response) => answers.push(response));
  // Without draining, each connection would be kept for longer than a test may run.
  server.keepAliveTimeout = 600_000;
  const drain = drainable(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, drain };
}

afterEach(() => {
  agent.destroy();
  answers.length = 0;
});

describe('a server that ends', () => {
  it('does not wait for unused connections, opened before or after', async () => {
    const { server, port, drain } = await start();
    const before = connect(port, '127.0.0.1');
    await once(server, 'connection');
    drain();
    const after = connect(port, '127.0.0.1');
    await once(server, 'connection');
    const ended = Promise.all([once(before, 'close'), once(after, 'close')]);
    before.resume();
    after.resume();
    server.close();
    await Promise.all([ended, once(server, 'close')]);
    expect(answers).toEqual([]);
  });

  it('answers pending requests, and then closes their connections', async () => {
    const { server, port, drain } = await start();
    const asked = once(get({ port, host: '127.0.0.1', agent }), 'response') as Promise<[IncomingMessage]>;
    await once(server, 'request');
    drain();
    const closed = once(server, 'close');
    server.close();
    answers[0]?.end('the answer');
    const [response] = await asked;
    // A proxy with keep-alive must not reuse this connection.
    expect(response.headers.connection).toBe('close');
    expect(Buffer.concat(await response.toArray()).toString()).toBe('the answer');
    await closed;
    expect(server.listening).toBe(false);
  });
});
