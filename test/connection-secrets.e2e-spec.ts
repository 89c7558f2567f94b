import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from './support/cli.js';
import { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { startSystem, type System } from './support/programs.js';

/** Texts that occur nowhere for another reason. */
const FIRST = 'Hmac-Key-4b81e07c-of-the-first-version';
const SECOND = 'Hmac-Key-9d35aa12-of-the-second-version';
const MISPLACED = 'Hmac-Key-77c0f3d9-in-the-wrong-place';
const SECRETS = [FIRST, SECOND, MISPLACED];

/** Encodings in which a secret may appear. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64'), bytes.toString('hex'), encodeURIComponent(secret)];
}

describe('a secret of a connection', () => {
  let folder: string;
  let file: string;
  let adapter: Server;
  let url: string;
  let system: System;
  let ada: ApiClient;
  /** The text that the adapter quotes. */
  let quoted = FIRST;
  /** All responses of the API. */
  const exposed: unknown[] = [];

  const send = async (method: 'post' | 'put', path: string, body: object): Promise<number> => {
    const answer = await ada[method](path, body);
    exposed.push(answer.body);
    return answer.status;
  };
  const get = async (path: string): Promise<unknown> => {
    const { body } = await ada.get(path);
    exposed.push(body);
    return body;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connection-secrets-'));
    file = join(folder, 'autoscaler.log');
    // Its errors quote what a system may log or show of a request.
    adapter = createServer((request: IncomingMessage, response) => {
      request.resume();
      response.writeHead(401).end(JSON.stringify({ error: `wrong key: ${quoted}` }));
    });
    await new Promise<void>((resolve) => adapter.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
    system = await startSystem({
      env: {
        AUTOSCALER_APP_LOG_LEVEL: 'trace',
        AUTOSCALER_APP_LOG_FILE: file,
        AUTOSCALER_COLLECTOR_ALLOWED_URLS: url,
      },
    });
    ada = await ApiClient.register(system.urls.api, 'ada');
  });
  afterAll(async () => {
    await system?.stop();
    adapter?.closeAllConnections();
    adapter?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is in no response, log line, audit entry, alert or metric, after any operation', async () => {
    const connection = { name: 'prod', type: 'http', spec: { url }, secrets: { hmac_key: FIRST } };
    expect(await send('post', '/connections', connection)).toBe(201);
    const wrong = [
      { ...connection, name: 'Not A Name' },
      { ...connection },
      { ...connection, name: 'a', type: MISPLACED },
      { ...connection, name: 'a', spec: { url, key: MISPLACED } },
      { ...connection, name: 'a', spec: { url: `http://user:${MISPLACED}@127.0.0.1` } },
      { ...connection, name: 'a', secrets: { other: MISPLACED } },
      { ...connection, name: 'a', secrets: { hmac_key: { value: MISPLACED } } },
      { ...connection, name: 'a', secrets: MISPLACED },
    ];
    const statuses = [];
    for (const body of wrong) statuses.push(await send('post', '/connections', body));
    expect(statuses).toEqual([400, 409, ...Array<number>(6).fill(400)]);
    const cluster = { name: 'web', min_servers: 1, max_servers: 5, config: { interval: '200ms' } };
    const provider = { type: 'http', connection: 'prod', cluster_id: 'web' };
    expect(await send('post', '/clusters', { ...cluster, provider })).toBe(201);
    const { clusters } = (await get('/clusters')) as { clusters: { id: string }[] };
    const id = clusters[0]!.id;
    await eventually('the cluster is in error', async () =>
      JSON.stringify(await get(`/clusters/${id}/status`)).includes('wrong key'),
    );
    quoted = 'another one';
    expect(await send('post', '/connections/prod/rotate', { secrets: { hmac_key: SECOND } })).toBe(200);
    expect(await send('post', '/connections/prod/test', {})).toBe(200);
    quoted = SECOND;
    expect(await send('post', '/connections/prod/test', {})).toBe(200);
    expect(await send('put', '/connections/prod', { shared: true })).toBe(200);
    for (const path of [
      '/connections',
      '/connections/prod',
      `/clusters/${id}`,
      '/operations',
      '/audit?limit=1000',
      '/providers',
      '/alerts',
      '/events/recent',
    ])
      await get(path);
    exposed.push(await (await fetch(`${system.urls.prometheus}/metrics`)).text());
    const log = await eventually('the log is written', async () => {
      const text = await readFile(file, 'utf8');
      return text.includes('/connections/prod/test') ? text : null;
    });
    const all = [JSON.stringify(exposed), log, system.autoscaler.output].join('\n');
    // Proves that the adapter's response was shown, and that this is the audit log of these changes.
    expect(all).toContain('wrong key: ********');
    expect(all).toContain('connection.rotate');
    expect(SECRETS.flatMap(formsOf).filter((form) => all.includes(form))).toEqual([]);
  });

  it('is in no export, and in no file of the installation', async () => {
    await system.autoscaler.stop();
    const env = { AUTOSCALER_DATABASE_DATA_DIR: join(system.folder, 'database') };
    const { status, out } = await runCli(['export'], env);
    expect(status).toBe(0);
    expect(out).toContain('env: CONNECTION_PROD_HMAC_KEY');
    const names = await readdir(system.folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(100);
    const found: string[] = [];
    for (const path of files) {
      const bytes = await readFile(path);
      if (SECRETS.flatMap(formsOf).some((form) => bytes.includes(form) || out.includes(form))) found.push(path);
    }
    expect(found).toEqual([]);
  });
});
