import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { register } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { configOf } from '#config';
import { keptSecret } from '../src/passport/kept-secret.js';
import { AuthApp, bearer, ProbeController } from './auth-app.js';

const OLD = 'the-key-before-0123456789abcdefghijklmno';
const NEW = 'the-key-of-now-0123456789abcdefghijklmno';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());

/** Runs a service with these keys. */
async function withKeys<T>(secret: string, others: string[], work: (app: AuthApp) => Promise<T>): Promise<T> {
  register.clear();
  const values = { 'api.jwt_secret': secret, 'api.jwt_verification_secrets': others };
  const app = await AuthApp.start(values, [ProbeController], database);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

async function answer(app: AuthApp, token: string): Promise<unknown> {
  const { status, body } = await app.send('GET', '/auth/me', undefined, bearer(token));
  return status === 200 ? body['username'] : body['code'];
}

describe('keys of tokens', () => {
  it('rotate without ending logins, and end them when a key is removed', async () => {
    const before = await withKeys(OLD, [], async (app) => {
      await app.register('ada');
      return app.login('ada');
    });
    // The new key is known on all instances before any signs with it, so that instances restarted in turn accept each
    // other's tokens.
    const during = await withKeys(OLD, [NEW], async (app) => {
      expect(await answer(app, before)).toBe('ada');
      return app.login('ada');
    });
    const after = await withKeys(NEW, [OLD], async (app) => {
      for (const token of [before, during]) expect(await answer(app, token)).toBe('ada');
      return app.login('ada');
    });
    await withKeys(OLD, [NEW], async (app) => expect(await answer(app, after)).toBe('ada'));
    await withKeys(NEW, [], async (app) => {
      expect(await answer(app, after)).toBe('ada');
      for (const token of [before, during]) expect(await answer(app, token)).toBe('token_invalid');
    });
  });

  it('have ids that are derived from the key and do not reveal it', async () => {
    const kids = await Promise.all(
      [OLD, NEW].map(async (secret) =>
        withKeys(secret, [], async (app) => {
          const { header } = new JwtService().decode<{ header: { kid: string; alg: string } }>(await app.login('ada'), {
            complete: true,
          });
          expect(header.alg).toBe('HS256');
          return header.kid;
        }),
      ),
    );
    expect(new Set(kids).size).toBe(2);
    for (const kid of kids) expect(kid).toMatch(/^[\w-]{12}$/);
  });

  it('accept a token without a key id, and none that names another key than the one that signed it', async () => {
    await withKeys(NEW, [OLD], async (app) => {
      const [user] = await database.dataSource.query<[{ id: string }]>(`SELECT id FROM users WHERE username = 'ada'`);
      const issued = new JwtService().decode<{ header: { kid: string } }>(await app.login('ada'), { complete: true });
      const sign = (secret: string, keyid?: string): string =>
        new JwtService().sign(
          {},
          {
            secret,
            issuer: 'autoscaler',
            audience: 'autoscaler-api',
            subject: user.id,
            jwtid: crypto.randomUUID(),
            expiresIn: 60,
            ...(keyid === undefined ? {} : { keyid }),
          },
        );
      expect(await answer(app, sign(OLD))).toBe('ada');
      expect(await answer(app, sign(NEW))).toBe('ada');
      expect(await answer(app, sign(OLD, issued.header.kid))).toBe('token_invalid');
      expect(await answer(app, sign(NEW, 'nobodys-key'))).toBe('token_invalid');
      expect(await answer(app, 'no.token.at.all')).toBe('token_invalid');
    });
  });
});

describe('a generated secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jwt-secret-'));
  const file = join(folder, 'jwt-secret');
  const development = configOf({ 'database.data_dir': join(folder, 'database') });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is stored beside the data, readable by its owner only, so that logins survive a restart', () => {
    const first = keptSecret(development);
    expect(keptSecret(development)).toBe(first);
    expect(readFileSync(file, 'utf8')).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is replaced if its file is incomplete, and not stored without a data folder', () => {
    writeFileSync(file, 'short');
    expect(keptSecret(development)).not.toBe(keptSecret(development));
    const memory = configOf({ 'database.data_dir': 'memory' });
    expect(keptSecret(memory)).not.toBe(keptSecret(memory));
  });
});
