import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { AuthApp, bearer, PASSWORD, ProbeController } from './auth-app.js';

const SEVERAL = {
  'scaler.instances': 'shared',
  'api.auth_rate_limit': 20,
  'api.lockout.account_failures': 3,
  'api.trusted_proxies': ['loopback'],
};

let database: TestDatabase;
let a: AuthApp;
let b: AuthApp;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  for (const table of ['login_failures', 'rate_limits']) await database.dataSource.query(`DELETE FROM ${table}`);
  a = await start();
  b = await start();
  if ((await a.login('ada')) === undefined) await a.register('ada');
});
afterEach(async () => {
  await a.close();
  await b.close();
});

/** Separate instances that share only the database. */
async function start(): Promise<AuthApp> {
  register.clear();
  return AuthApp.start(SEVERAL, [ProbeController], database);
}

async function login(app: AuthApp, password: string, from: string): Promise<number> {
  const body = { username: 'ada', password };
  return (await app.send('POST', '/auth/login', body, { 'x-forwarded-for': from })).status;
}

describe('two instances on one database', () => {
  it('share the request counts of an address', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      const body = { username: 'ab', password: 'short' };
      const from = { 'x-forwarded-for': '203.0.113.20' };
      statuses.push((await (attempt % 2 === 0 ? a : b).send('POST', '/auth/login', body, from)).status);
    }
    expect(statuses.slice(0, 20)).not.toContain(429);
    expect(statuses.slice(20)).toEqual([429, 429]);
  });

  it('lock an account after failures on either', async () => {
    expect(await login(a, 'Wrong-Horse-9', '203.0.113.1')).toBe(401);
    expect(await login(b, 'Wrong-Horse-9', '203.0.113.2')).toBe(401);
    expect(await login(a, 'Wrong-Horse-9', '203.0.113.3')).toBe(401);
    expect(await login(b, PASSWORD, '203.0.113.4')).toBe(429);
    expect(await login(a, PASSWORD, '203.0.113.5')).toBe(429);
  });

  it('reject at once a token that was revoked on the other', async () => {
    const token = await a.login('ada');
    expect((await b.send('GET', '/probe/anybody', undefined, bearer(token))).status).toBe(200);
    expect((await a.send('POST', '/auth/logout', undefined, bearer(token))).status).toBe(204);
    expect(await b.send('GET', '/probe/anybody', undefined, bearer(token))).toMatchObject({
      status: 401,
      body: { code: 'token_revoked' },
    });
  });

  it('write one audit log', async () => {
    const before = (await a.audit('auth.login')).length;
    await a.login('ada');
    await b.login('ada');
    expect((await b.audit('auth.login')).slice(before)).toMatchObject([
      { actor: 'ada', outcome: 'success' },
      { actor: 'ada', outcome: 'success' },
    ]);
  });
});
