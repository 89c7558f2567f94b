import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../../../test/support/eventually.js';
import { KubernetesApi } from './api-client.js';
import { WatchedList } from './watched-list.js';

/** An API server whose lists and watches a test decides. */
class Stub {
  readonly requests: string[] = [];
  readonly watches: ServerResponse[] = [];
  items: string[] = ['a', 'b', 'c'];
  version = 1;
  /** What is answered instead; `null`: what was asked for. */
  status: number | null = null;
  /** Each watch is refused as too old. */
  tooOld = false;
  readonly tooOldAt: number[] = [];
  private readonly server: Server = createServer((request, response) => this.answer(request.url ?? '', response));

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get lists(): readonly string[] {
    return this.requests.filter((url) => !url.includes('watch='));
  }

  get watch(): ServerResponse {
    return this.watches.at(-1)!;
  }

  send(type: string, name: string): void {
    this.version += 1;
    const object = { metadata: { name, resourceVersion: String(this.version) } };
    this.watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(url: string, response: ServerResponse): void {
    this.requests.push(url);
    if (this.status !== null) {
      const message = 'pods is forbidden: User "x" cannot list resource "pods"';
      response.writeHead(this.status).end(JSON.stringify({ kind: 'Status', message }));
      return;
    }
    const query = new URL(url, 'http://x').searchParams;
    response.writeHead(200, { 'content-type': 'application/json' });
    if (query.has('watch') && this.tooOld) {
      this.tooOldAt.push(Date.now());
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`);
      return;
    }
    if (query.has('watch')) {
      this.watches.push(response);
      response.flushHeaders();
      return;
    }
    // Two items a page.
    const from = Number(query.get('continue') ?? 0);
    const items = this.items.slice(from, from + 2).map((name) => ({ metadata: { name } }));
    const more = from + 2 < this.items.length ? { continue: String(from + 2) } : {};
    response.end(JSON.stringify({ metadata: { resourceVersion: String(this.version), ...more }, items }));
  }
}

describe('a watched list', () => {
  let stub: Stub;
  let api: KubernetesApi;
  let list: WatchedList<string>;
  beforeEach(async () => {
    stub = new Stub();
    api = new KubernetesApi({ server: await stub.listen(), tls: {}, token: async () => 'secret' });
    list = new WatchedList(api, {
      path: '/pods',
      what: 'pods in namespace web',
      keep: (object) => (object as { metadata: { name: string } }).metadata.name,
    });
  });
  afterEach(async () => {
    list.close();
    await api.close();
    await stub.close();
  });

  const names = async (): Promise<string[]> => [...(await list.items(AbortSignal.timeout(5000))).values()].sort();
  const becomes = async (...expected: string[]): Promise<void> => {
    await eventually(`it is ${expected.join()}`, async () => (await names()).join() === expected.join());
  };

  it('is read once, in pages, and followed from then on', async () => {
    expect(await names()).toEqual(['a', 'b', 'c']);
    stub.send('DELETED', 'b');
    stub.send('ADDED', 'd');
    stub.send('MODIFIED', 'a');
    await becomes('a', 'c', 'd');
    expect(stub.lists).toEqual(['/pods?limit=500', '/pods?limit=500&continue=2']);
    expect(stub.watches).toHaveLength(1);
  });

  it('is read again after a socket error, and misses no change', async () => {
    await names();
    stub.items = ['e'];
    stub.watch.socket?.destroy();
    await becomes('e');
    stub.send('ADDED', 'f');
    await becomes('e', 'f');
  });

  it('is read again when the server ends the watch, and returns no old items', async () => {
    await names();
    stub.send('BOOKMARK', '');
    stub.send('ADDED', 'd');
    await becomes('a', 'b', 'c', 'd');
    // The events of these changes never come: the watch begins after them.
    stub.items = ['e'];
    stub.watch.end();
    await eventually('it is watched again', () => stub.watches.length === 2);
    expect(await names()).toEqual(['e']);
    expect(stub.requests.at(-1)).toContain('resourceVersion=3&');
  });

  it('is not read without pause where every version is too old', async () => {
    await names();
    stub.tooOld = true;
    stub.watch.end();
    await eventually('it has tried twice more', () => stub.tooOldAt.length >= 3);
    const [first = 0, second = 0, third = 0] = stub.tooOldAt;
    // Pauses are at least half of 100 ms, which doubles.
    expect(second - first).toBeGreaterThan(40);
    expect(third - second).toBeGreaterThan(40);
  });

  it.each(['the watch', 'an event of it'])('is read again when %s says that its version is too old', async (where) => {
    await names();
    stub.items = ['e'];
    if (where === 'the watch') {
      stub.status = 410;
      stub.watch.end();
      await eventually('it asked again', () => stub.requests.length > 3);
      stub.status = null;
    } else {
      stub.watch.write(`${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old' } })}\n`);
    }
    await becomes('e');
  });

  it('answers with the reason while it cannot be followed, and never with what it knew', async () => {
    await names();
    stub.status = 403;
    stub.watch.socket?.destroy();
    await eventually('it says so', async () =>
      (await names().catch((error: Error) => error.message)).includes('right'),
    );
    await expect(names()).rejects.toMatchObject({
      code: 'unauthorized',
      message: 'the right is missing to list pods in namespace web',
    });
    stub.status = null;
    await eventually('it is followed again', async () => names());
  });

  it('waits no longer than its reader', async () => {
    await expect(list.items(AbortSignal.abort())).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('says that it is closed', async () => {
    await names();
    list.close();
    await expect(names()).rejects.toMatchObject({ code: 'unreachable', message: 'the connection is closed' });
  });
});
