import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { guardedLookup } from '../src/http/forbidden-addresses.js';
import { PooledHttp } from '../src/http/pooled-http.js';
import type { HttpOptions } from '../src/sdk/index.js';

const file = (name: string): string => readFileSync(`test/support/certificates/${name}`, 'utf8');
const [ca, stranger, cert, key] = ['authority.pem', 'stranger.pem', 'server.pem', 'server.key'].map(file) as [
  string,
  string,
  string,
  string,
];
const { signal } = new AbortController();

describe('outbound HTTP', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.unshift(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as AddressInfo).port;
  }

  const plain = async (answer: RequestListener): Promise<number> => listen(createServer(answer));
  const tls = async (answer: RequestListener, options: ServerOptions = {}): Promise<number> =>
    listen(createTlsServer({ cert, key, ...options }, answer));

  function client(options?: HttpOptions): PooledHttp {
    const http = new PooledHttp(2, options);
    ends.unshift(async () => http.close());
    return http;
  }

  const failure = { code: 'unreachable' };

  it('trusts certificates of the CA of the connection, and no others', async () => {
    const port = await tls((_request, response) => response.end('hello'));
    const url = `https://localhost:${port}/`;
    await expect(client({ ca }).request(url, { signal })).resolves.toMatchObject({ status: 200, text: 'hello' });
    await expect(client().request(url, { signal })).rejects.toMatchObject(failure);
    await expect(client({ ca: stranger }).request(url, { signal })).rejects.toMatchObject(failure);
  });

  it('expects the name of the URL in the certificate, or the one that the connection states', async () => {
    const port = await tls((_request, response) => response.end('hello'));
    const url = `https://127.0.0.1:${port}/`;
    await expect(client({ ca }).request(url, { signal })).rejects.toMatchObject(failure);
    await expect(client({ ca, serverName: 'localhost' }).request(url, { signal })).resolves.toMatchObject({
      status: 200,
    });
    await expect(client({ ca, serverName: 'other' }).request(url, { signal })).rejects.toMatchObject(failure);
  });

  it('shows its client certificate', async () => {
    const port = await tls(
      (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
      { ca, requestCert: true, rejectUnauthorized: true },
    );
    const url = `https://localhost:${port}/`;
    await expect(client({ ca, cert, key }).request(url, { signal })).resolves.toMatchObject({ text: 'localhost' });
    await expect(client({ ca }).request(url, { signal })).rejects.toMatchObject(failure);
  });

  it.each([
    [{ ca: 'no certificate' }, 'ca must be certificates in PEM'],
    [{ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'ca must be certificates in PEM'],
    [{ cert: 'no certificate', key }, 'cert must be certificates in PEM'],
    [{ cert, key: 'top secret' }, 'key is not the private key of cert, in PEM and without a passphrase'],
    [{ cert: ca, key }, 'key is not the private key of cert, in PEM and without a passphrase'],
    [{ cert }, 'a client certificate needs both cert and key'],
    [{ key }, 'a client certificate needs both cert and key'],
  ])('refuses certificates and keys that cannot be used', (options, message) => {
    let error: unknown;
    try {
      client(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'refused', message });
    // OpenSSL's own words could quote what it was given.
    expect((error as Error).cause).toBeUndefined();
  });

  it('sends the headers and the query of the connection with every request', async () => {
    const port = await plain(({ url, headers }, response) => {
      response.end(JSON.stringify([url, headers['x-scope-orgid'], headers['x-one']]));
    });
    const http = client({ headers: { 'X-Scope-OrgID': 'team a', 'X-One': 'fixed' }, query: { 'a b': '1&2' } });
    const get = async (path: string, headers = {}): Promise<unknown> =>
      JSON.parse((await http.request(`http://127.0.0.1:${port}${path}`, { headers, signal })).text) as unknown;
    expect(await get('')).toEqual(['/?a+b=1%262', 'team a', 'fixed']);
    expect(await get('?x=y', { 'x-one': 'own' })).toEqual(['/?x=y&a+b=1%262', 'team a', 'own']);
  });

  it('sends a body unchanged', async () => {
    const port = await plain((request, response) => {
      response.writeHead(200, { 'x-type': request.headers['content-type'] ?? 'none' });
      request.pipe(response);
    });
    const send = async (what: object): Promise<unknown> =>
      client().request(`http://127.0.0.1:${port}/`, { method: 'POST', signal, ...what });
    const form = { body: 'query=up', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await send(form)).toMatchObject({ text: 'query=up', headers: { 'x-type': form.headers['content-type'] } });
    expect(await send({ json: { a: 1 } })).toMatchObject({
      text: '{"a":1}',
      headers: { 'x-type': 'application/json' },
    });
  });

  it('follows no redirect', async () => {
    let followed = 0;
    const target = await plain((_request, response) => response.end(String((followed += 1))));
    const port = await plain((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${target}/` }).end();
    });
    expect(await client().request(`http://127.0.0.1:${port}/`, { signal })).toMatchObject({ status: 302 });
    expect(followed).toBe(0);
  });

  it('reads no more than 16 MiB of an answer', async () => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    const port = await plain((request, response) => {
      let left = request.url === '/16' ? 16 : 1000;
      const send = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(part)) return void response.once('drain', send);
        }
        response.end();
      };
      send();
    });
    const get = async (path: string): Promise<{ text: string }> =>
      client().request(`http://127.0.0.1:${port}${path}`, { signal });
    expect((await get('/16')).text).toHaveLength(16 * 1024 * 1024);
    await expect(get('/more')).rejects.toMatchObject({ code: 'invalid', message: 'the answer is larger than 16 MiB' });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'http://[fe80::1]/',
    'http://0.0.0.0:9/',
    'https://metadata.google.internal/',
  ])('connects to no forbidden address: %s', async (url) => {
    await expect(client().request(url, { signal })).rejects.toMatchObject({ code: 'refused' });
  });

  it('connects to the address that it checked, and checks again for each new connection', async () => {
    let served = 0;
    const port = await plain((_request, response) => {
      served += 1;
      response.writeHead(200, { connection: served === 2 ? 'close' : 'keep-alive' }).end();
    });
    // A name server that an attacker owns: the second answer leads elsewhere.
    const answers = ['127.0.0.1', '169.254.169.254'];
    let resolved = 0;
    const lookup = guardedLookup((_hostname, _options, found) => {
      const address = answers[Math.min(resolved, 1)]!;
      resolved += 1;
      found(null, [{ address, family: 4 }]);
    });
    const http = new PooledHttp(1, {}, lookup);
    ends.unshift(async () => http.close());
    const get = async (): Promise<unknown> => http.request(`http://sly.example:${port}/`, { signal });
    await get();
    await get();
    expect([resolved, served]).toEqual([1, 2]);
    await expect(get()).rejects.toMatchObject({
      code: 'refused',
      message: 'the host leads to an address that may not be reached',
    });
    expect([resolved, served]).toEqual([2, 2]);
  });
});
