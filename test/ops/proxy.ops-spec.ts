import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { io, type Socket } from 'socket.io-client';
import { ApiClient, PASSWORD } from '../support/client.js';
import { freePorts, startSystem, type System } from '../support/programs.js';
import { makeCertificates } from './support/certificates.js';
import { ask as askSite, type HttpsAnswer, type HttpsOptions } from './support/https.js';
import { own, unprivileged } from './support/neighbor.js';
import { Nginx } from './support/nginx.js';

let folder: string;
let ca: string;
let system: System;
let nginx: Nginx;
let http: number;
let https: number;
let admin: ApiClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ops-proxy-'));
  const certificates = makeCertificates(folder);
  // As on a host where another user than root created it: nginx in Compose must be able to read it.
  own([certificates.proxy.key], unprivileged());
  ca = readFileSync(certificates.ca, 'utf8');
  [http, https] = (await freePorts(2)) as [number, number];
  system = await startSystem({
    env: {
      AUTOSCALER_API_COOKIE_SECURE: 'true',
      AUTOSCALER_API_TRUSTED_PROXIES: '127.0.0.1',
      AUTOSCALER_API_AUTH_RATE_LIMIT: '5',
    },
  });
  admin = await ApiClient.register(system.urls.api, 'root_admin');
  const run = join(folder, 'nginx');
  mkdirSync(run);
  nginx = await Nginx.start(run, {
    DOMAIN: 'localhost',
    UPSTREAM: new URL(system.urls.api).host,
    HTTP_PORT: String(http),
    HTTPS_PORT: String(https),
    CERTIFICATES: folder,
  });
});
afterAll(async () => {
  await nginx?.stop();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(method: string, path: string, options?: HttpsOptions): Promise<HttpsAnswer> {
  return askSite({ port: https, ca }, method, path, options);
}

async function failedLoginsOf(username: string): Promise<unknown[]> {
  const { body } = await admin.get<{ entries: { ip: string; actor: string }[] }>('/audit?action=auth.login&limit=100');
  return body.entries.filter(({ actor }) => actor === username).map(({ ip }) => ip);
}

describe('behind nginx', () => {
  it('the service is reachable over HTTPS, with a valid certificate', async () => {
    expect(await ask('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    await expect(fetch(`https://localhost:${https}/health`)).rejects.toThrow('fetch failed');
    expect(nginx.complaints).toBe('');
  });

  it('HTTP redirects to HTTPS', async () => {
    const { status, headers } = await fetch(`http://127.0.0.1:${http}/clusters?limit=1`, {
      redirect: 'manual',
      headers: { host: 'localhost' },
    });
    expect(status).toBe(301);
    expect(headers.get('location')).toMatch(/^https:\/\/[\w.]+\/clusters\?limit=1$/);
  });

  it("HSTS is sent once, and the service's headers are passed on", async () => {
    const { raw, headers } = await ask('GET', '/auth/me');
    const named = raw.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'strict-transport-security');
    expect(named).toHaveLength(1);
    expect(headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('old TLS versions are rejected', async () => {
    const handshake = (version: 'TLSv1.1' | 'TLSv1.2'): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(
          {
            host: 'localhost',
            port: https,
            ca,
            minVersion: version,
            maxVersion: version,
            ciphers: 'DEFAULT@SECLEVEL=0',
          },
          () => {
            resolve(socket.getProtocol() ?? 'none');
            socket.destroy();
          },
        );
        socket.once('error', () => resolve('refused'));
      });
    expect(await handshake('TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('TLSv1.1')).toBe('refused');
  });

  it('a login sets a cookie for HTTPS only', async () => {
    const { status, headers } = await ask('POST', '/auth/login', {
      from: '127.0.0.9',
      body: { username: 'root_admin', password: PASSWORD },
    });
    expect(status).toBe(200);
    expect(headers['set-cookie']?.[0]).toMatch(/auth_token=.*HttpOnly; Secure/);
  });

  it('the audit log has the real client address, also with a forged header', async () => {
    const body = { username: 'mallory', password: 'Guess-Me-123' };
    await ask('POST', '/auth/login', { from: '127.0.0.2', body });
    await ask('POST', '/auth/login', { from: '127.0.0.3', body, headers: { 'x-forwarded-for': '203.0.113.1' } });
    expect(await failedLoginsOf('mallory')).toEqual(['127.0.0.3', '127.0.0.2']);
  });

  it('rate limits apply per client', async () => {
    const body = { username: 'nobody', password: 'Guess-Me-123' };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      statuses.push((await ask('POST', '/auth/login', { from: '127.0.0.4', body })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await ask('POST', '/auth/login', { from: '127.0.0.5', body })).status).toBe(401);
  });

  it('an address that opens too many sockets is rejected, and others are not', async () => {
    const open = async (from: string): Promise<number> =>
      (await ask('GET', '/socket.io/?EIO=4&transport=polling', { from })).status;
    const statuses: number[] = [];
    while (!statuses.includes(429) && statuses.length < 1500) {
      statuses.push(...(await Promise.all(Array.from({ length: 25 }, async () => open('127.0.0.6')))));
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.indexOf(429)).toBeGreaterThanOrEqual(100);
    expect(await open('127.0.0.7')).toBe(200);
  });

  it.each(['websocket', 'polling'] as const)('sockets work over %s', async (transport) => {
    const { body } = await admin.post<{ id: string }>('/clusters', { name: transport, min_servers: 1, max_servers: 3 });
    const socket: Socket = io(`https://localhost:${https}`, {
      ca,
      transports: [transport],
      auth: { token: admin.token },
      reconnection: false,
    });
    try {
      const event = new Promise<{ cluster_id: string }>((resolve, reject) => {
        socket.once('connect_error', reject);
        socket.once('metrics', resolve);
      });
      socket.emit('subscribe', { cluster_id: body.id });
      expect(await event).toMatchObject({ cluster_id: body.id });
      expect(socket.io.engine.transport.name).toBe(transport);
    } finally {
      socket.disconnect();
    }
  });
});
