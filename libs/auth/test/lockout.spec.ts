import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { type Answer, AuthApp, PASSWORD, ProbeController } from './auth-app.js';

const LIMITS = {
  'api.lockout.account_failures': 3,
  'api.lockout.address_failures': 5,
  'api.trusted_proxies': ['loopback'],
};

let database: TestDatabase;
let app: AuthApp;
/** The audit log is append-only: entries of a test follow this one. */
let before: string;
beforeAll(async () => {
  database = await createTestDatabase();
  app = await start();
  await app.register('ada');
  await app.register('bob');
  await app.close();
});
afterAll(async () => database.close());
beforeEach(async () => {
  await database.dataSource.query('DELETE FROM login_failures');
  [{ before }] = await database.dataSource.query('SELECT coalesce(max(id), 0)::text AS before FROM audit_log');
  app = await start();
});
afterEach(async () => app.close());

async function start(): Promise<AuthApp> {
  register.clear();
  return AuthApp.start(LIMITS, [ProbeController], database);
}

async function login(username: string, password: string, from = '203.0.113.1'): Promise<Answer> {
  return app.send('POST', '/auth/login', { username, password }, { 'x-forwarded-for': from });
}

async function fail(username: string, times: number, from?: string): Promise<void> {
  for (let attempt = 0; attempt < times; attempt += 1) {
    expect(await login(username, 'Wrong-Horse-9', from)).toMatchObject({
      status: 401,
      body: { code: 'wrong_credentials' },
    });
  }
}

async function metric(name: string): Promise<unknown> {
  return (await register.getSingleMetric(name)?.get())?.values.map(({ value, labels }) => ({ value, ...labels }));
}

describe('an account', () => {
  it('is locked after consecutive failures, from any address, for the right password too', async () => {
    await fail('ada', 2, '203.0.113.1');
    await fail('ADA', 1, '203.0.113.2');
    const refused = await login('ada', PASSWORD, '203.0.113.3');
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'login_locked', error: 'too many failed logins; try again in 1 min' },
    });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect((await login('bob', PASSWORD, '203.0.113.3')).status).toBe(200);
    app.clock.time += 60_001;
    expect((await login('ada', PASSWORD, '203.0.113.3')).status).toBe(200);
  });

  it('is locked twice as long after each further failure, up to a limit', async () => {
    await fail('ada', 3);
    for (const [index, seconds] of [60, 120, 240, 480, 960, 1920, 3600, 3600].entries()) {
      const { headers } = await login('ada', PASSWORD, '203.0.113.9');
      expect(headers.get('retry-after')).toBe(String(seconds));
      app.clock.time += seconds * 1000 + 1;
      // A different address each, so that only the account is at its limit.
      await fail('ada', 1, `198.51.100.${index}`);
    }
  });

  it('is reset by a login, and after some time without a failure', async () => {
    await fail('ada', 2);
    expect((await login('ada', PASSWORD)).status).toBe(200);
    await fail('ada', 2);
    app.clock.time += 24 * 3_600_000 + 1;
    await fail('ada', 2, '203.0.113.2');
    expect((await login('ada', PASSWORD, '203.0.113.2')).status).toBe(200);
  });

  it('that does not exist is locked like any other', async () => {
    await fail('unknown', 3);
    expect(await login('unknown', PASSWORD)).toMatchObject({ status: 429, body: { code: 'login_locked' } });
  });

  it('allows no more guesses by concurrent attempts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => login('ada', 'Wrong-Horse-9', `198.51.100.${index}`)),
    );
    const standing = await database.dataSource.query<{ failures: number }[]>(
      `SELECT failures FROM login_failures WHERE subject = 'ada'`,
    );
    // Each was counted before its password was checked, and those after the third found the lock.
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(standing).toEqual([{ failures: 3 }]);
    expect((await login('ada', PASSWORD, '203.0.113.3')).status).toBe(429);
  });
});

describe('an address', () => {
  it('is locked after failures with any names, and no other address is', async () => {
    await fail('one', 2);
    await fail('two', 2);
    expect((await login('bob', PASSWORD)).status).toBe(200);
    // The login was none of the five.
    await fail('three', 1);
    expect(await login('bob', PASSWORD)).toMatchObject({ status: 429, body: { code: 'login_locked' } });
    expect((await login('bob', PASSWORD, '203.0.113.2')).status).toBe(200);
  });
});

describe('a lock', () => {
  it('survives a restart', async () => {
    await fail('ada', 3);
    const { time } = app.clock;
    await app.close();
    app = await start();
    app.clock.time = time;
    expect(await login('ada', PASSWORD, '203.0.113.9')).toMatchObject({ status: 429, body: { code: 'login_locked' } });
  });

  it('is audited and counted in Prometheus, once', async () => {
    await fail('ada', 3);
    await login('ada', PASSWORD);
    const rows = await database.dataSource.query<object[]>(
      `SELECT actor, ip, outcome, target_type, target_id, after
         FROM audit_log WHERE action = 'auth.lockout' AND id > $1`,
      [before],
    );
    const until = new Date(app.clock.time + 60_000).toISOString();
    expect(rows).toEqual([
      {
        actor: 'ada',
        ip: '203.0.113.1',
        outcome: 'failure',
        target_type: 'account',
        target_id: 'ada',
        after: { failures: 3, locked_until: until },
      },
    ]);
    expect(await metric('autoscaler_login_failures_total')).toEqual([{ value: 3 }]);
    expect(await metric('autoscaler_lockouts_total')).toEqual([
      { value: 1, subject: 'account' },
      { value: 0, subject: 'address' },
    ]);
    expect(await metric('autoscaler_locked_logins_total')).toEqual([{ value: 1 }]);
  });

  it('is not logged for a successful login at the limit', async () => {
    await fail('ada', 2);
    expect((await login('ada', PASSWORD)).status).toBe(200);
    const rows = await database.dataSource.query<object[]>(`SELECT action FROM audit_log WHERE id > $1 ORDER BY id`, [
      before,
    ]);
    expect(rows.map((row) => (row as { action: string }).action)).not.toContain('auth.lockout');
    expect(rows).toHaveLength(3);
  });

  it('is eventually removed from the database', async () => {
    await fail('ada', 1);
    app.clock.time += 24 * 3_600_000 + 1;
    await fail('bob', 1, '203.0.113.2');
    const rows = await database.dataSource.query<{ subject: string }[]>(
      'SELECT subject FROM login_failures ORDER BY subject',
    );
    expect(rows.map(({ subject }) => subject)).toEqual(['203.0.113.2', 'bob']);
  });
});
