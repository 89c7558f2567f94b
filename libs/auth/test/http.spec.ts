import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeCursor, isTime } from '#http';
import { AuthApp, bearer } from './auth-app.js';

let app: AuthApp;
beforeAll(async () => {
  app = await AuthApp.start({ 'api.cors.allowed_origins': ['https://page.example'], 'api.body_limit': 2048 });
});
afterAll(async () => app.close());

/** The first account of the service, created when first needed. */
async function admin(): Promise<{ token: string }> {
  await app.register('root');
  return { token: await app.login('root') };
}

describe('errors', () => {
  it.each([
    ['GET', '/nowhere', undefined, 404, 'route_not_found'],
    ['PUT', '/probe/operators', undefined, 405, 'method_not_allowed'],
    ['GET', '/probe/anybody', undefined, 401, 'not_authenticated'],
    ['POST', '/auth/login', '{"username": ', 400, 'malformed_json'],
    ['POST', '/auth/login', JSON.stringify({ username: 'x'.repeat(5000) }), 413, 'body_too_large'],
    ['GET', '/probe/broken', undefined, 500, 'internal_error'],
  ])('%s %s has the common shape', async (method, path, body, status, code) => {
    const answer = await app.send(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.any(String), code, trace_id: expect.stringMatching(/^[\w-]{8,64}$/) });
    expect(answer.body['trace_id']).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('x-trace-id')).toBe(answer.body['trace_id']);
    expect(JSON.stringify(answer.body)).not.toContain('inside of the service');
  });

  it('name every wrong field and every unknown one', async () => {
    const { body } = await app.send('POST', '/auth/login', { username: 5, pasword: 'x' });
    expect(body['code']).toBe('validation_failed');
    expect(new Set(body.details?.map(({ field }) => field))).toEqual(new Set(['username', 'password', 'pasword']));
    expect(body.details).toContainEqual({ field: 'pasword', error: 'pasword is not a known field' });
  });

  it.each([
    ['no body', undefined],
    ['a list', '[]'],
    ['a text', '"ada"'],
    ['nothing but null', '{"username": null, "password": null}'],
    ['a NUL character', JSON.stringify({ username: 'ada', password: 'a\0b' })],
    ['a hole without a bottom', `{"username": ${'['.repeat(900)}${']'.repeat(900)}}`],
  ])('name what is wrong with %s', async (_name, body) => {
    const answer = await app.send('POST', '/auth/login', body, { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(/must|too deeply|JSON/) } });
  });

  it.each([
    ['GET', '/audit?actor=%00', 'actor'],
    ['GET', '/audit?from=2026-W01', 'from'],
    ['GET', '/audit?range=soon', 'range'],
    ['GET', '/audit?from=2026-02-30T00:00:00Z', 'from'],
    ['GET', `/audit?cursor=${encodeCursor({ at: '2026-01-05T00:00:00Z', id: randomUUID() })}`, 'cursor'],
    ['GET', `/audit?cursor=${encodeCursor({ at: '2026-01-05', id: '7' })}`, 'cursor'],
    ['DELETE', '/users/7', 'id'],
  ])('name the parameter that no database could read: %s %s', async (method, path, field) => {
    const answer = await app.send(method, path, undefined, bearer((await admin()).token));
    expect(answer).toMatchObject({ status: 400, body: { details: [{ field, error: expect.any(String) }] } });
  });

  it('reject more than 16 KiB where no login is needed', async () => {
    const roomy = await AuthApp.start();
    try {
      const body = JSON.stringify({ username: 'ada', password: 'x'.repeat(16 * 1024) });
      for (const path of ['/auth/login', '/auth/register']) {
        expect(await roomy.send('POST', path, body)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
      }
    } finally {
      await roomy.close();
    }
  });

  it('name the allowed methods of a path', async () => {
    const [wrong, nowhere] = await Promise.all([app.send('PATCH', '/probe/public'), app.send('PATCH', '/probe/none')]);
    expect(wrong).toMatchObject({
      status: 405,
      body: { error: 'PATCH is not allowed on /probe/public; use GET, HEAD' },
    });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    expect(nowhere.status).toBe(404);
  });

  it('have codes that do not depend on the messages of libraries', async () => {
    const answer = await app.send('DELETE', '/users/%E0%A4%A', undefined, bearer((await admin()).token));
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('are a 401 for an invalid cookie', async () => {
    const answer = await app.send('GET', '/auth/me', undefined, { cookie: 'auth_token=%E0%A4%A' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
  });

  it('carry the trace id of the caller', async () => {
    const id = 'my-request-0001';
    expect((await app.send('GET', '/nowhere', undefined, { 'x-request-id': id })).body['trace_id']).toBe(id);
    expect((await app.send('GET', '/nowhere', undefined, { 'x-trace-id': id })).headers.get('x-trace-id')).toBe(id);
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(
      (await app.send('GET', '/nowhere', undefined, { traceparent: `00-${trace}-00f067aa0ba902b7-01` })).body[
        'trace_id'
      ],
    ).toBe(trace);
    expect((await app.send('GET', '/nowhere', undefined, { 'x-request-id': 'short' })).body['trace_id']).not.toBe(
      'short',
    );
  });
});

describe('a time', () => {
  const two = fc.integer({ min: 0, max: 99 }).map((part) => String(part).padStart(2, '0'));
  const offset = fc.oneof(
    fc.constant('Z'),
    fc.tuple(two, two).map(([hours, minutes]) => `+${hours}:${minutes}`),
  );
  const looksLikeATime = fc
    .record({
      year: fc.integer({ min: 0, max: 9999 }),
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
      offset,
    })
    .map((t) => `${String(t.year).padStart(4, '0')}-${t.month}-${t.day}T${t.hour}:${t.minute}:${t.second}${t.offset}`);

  it('is accepted when it is valid', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) =>
        isTime(date.toISOString()),
      ),
    );
  });

  it('that is accepted can be parsed by the database', async () => {
    const taken = fc.sample(looksLikeATime, { numRuns: 100_000, seed: 1 }).filter(isTime);
    expect(taken.length).toBeGreaterThan(20);
    const [row] = await app.dataSource.query<{ n: number }[]>(
      'SELECT count(at)::int AS n FROM unnest($1::timestamptz[]) at',
      [taken],
    );
    expect(row?.n).toBe(taken.length);
  });
});

describe('time limits', () => {
  it('end an answer that takes longer than api.write_timeout, and are set on the server', async () => {
    const hasty = await AuthApp.start({
      'api.read_timeout': '20s',
      'api.write_timeout': '150ms',
      'api.idle_timeout': '90s',
    });
    try {
      expect(await hasty.send('GET', '/probe/slow')).toMatchObject({ status: 503, body: { code: 'timeout' } });
      expect((await hasty.send('GET', '/probe/public')).status).toBe(200);
      expect(hasty.app.getHttpServer()).toMatchObject({
        requestTimeout: 20_000,
        headersTimeout: 20_000,
        keepAliveTimeout: 90_000,
      });
    } finally {
      await hasty.close();
    }
  });
});

describe('an incomplete request', () => {
  it.each([
    ['head', 'POST /auth/login HTTP/1.1\r\nHost: here\r\n'],
    [
      'body',
      'POST /auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ],
  ])('is ended once api.read_timeout is over: its %s', async (_part, sent) => {
    const hasty = await AuthApp.start({ 'api.read_timeout': '300ms' });
    try {
      const { hostname, port } = new URL(hasty.url);
      const socket = connect(Number(port), hostname);
      const began = performance.now();
      socket.write(sent);
      socket.resume();
      await once(socket, 'close');
      const tookMs = performance.now() - began;
      expect(tookMs).toBeGreaterThan(250);
      expect(tookMs).toBeLessThan(5000);
    } finally {
      await hasty.close();
    }
  });
});

describe('headers', () => {
  it('are those of the deployment guide', async () => {
    const { headers } = await app.send('GET', '/probe/public');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-xss-protection')).toBe('1; mode=block');
    expect(headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    expect(headers.get('content-security-policy')).toContain(`script-src 'self';`);
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('pages of other origins', () => {
  it('are blocked unless they are listed', async () => {
    expect(await app.send('GET', '/probe/public', undefined, { origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      body: { error: 'CORS policy blocked', code: 'cors_blocked' },
    });
    const listed = await app.send('GET', '/probe/public', undefined, { origin: 'https://page.example' });
    expect(listed.status).toBe(200);
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://page.example');
    expect((await app.send('GET', '/probe/public', undefined, { origin: app.url })).status).toBe(200);
  });
});

describe('rate limits', () => {
  it('count an address over all routes, and say when to retry', async () => {
    const limited = await AuthApp.start({ 'api.rate_limit': 3 });
    try {
      expect((await limited.send('GET', '/probe/public')).status).toBe(200);
      expect((await limited.send('GET', '/probe/anybody')).status).toBe(401);
      expect((await limited.send('GET', '/probe/public')).status).toBe(200);
      const refused = await limited.send('GET', '/probe/public', undefined, { 'x-forwarded-for': '203.0.113.9' });
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit_exceeded' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await limited.send('GET', '/probe/free')).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('are stricter for logins and registrations', async () => {
    const limited = await AuthApp.start({ 'api.auth_rate_limit': 5 });
    try {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        expect(
          (
            await limited.send('POST', attempt % 2 === 0 ? '/auth/login' : '/auth/register', {
              username: 'ada',
              password: 'wrong',
            })
          ).status,
        ).toBeLessThan(429);
      }
      const refused = await limited.send('POST', '/auth/login', { username: 'ada', password: 'wrong' });
      expect(refused).toMatchObject({
        status: 429,
        body: { error: 'too many authentication attempts', code: 'too_many_auth_attempts' },
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await limited.send('GET', '/probe/public')).status).toBe(200);
      // Once a minute, so that repeated attempts do not fill the log.
      await limited.send('POST', '/auth/login', { username: '<b>', password: 'wrong' });
      const [entry, ...more] = await limited.audit('auth.rate_limit');
      expect(entry).toMatchObject({ actor: 'ada', outcome: 'failure', after: { path: '/auth/login' } });
      expect(more).toEqual([]);
      limited.clock.time += 30_000;
      await limited.send('POST', '/auth/login', { username: '<b>', password: 'wrong' });
      expect(await limited.audit('auth.rate_limit')).toHaveLength(1);
    } finally {
      await limited.close();
    }
  });

  it('trust only configured proxies', async () => {
    const limited = await AuthApp.start({ 'api.rate_limit': 1, 'api.trusted_proxies': ['loopback'] });
    try {
      expect((await limited.send('GET', '/probe/public', undefined, { 'x-forwarded-for': '203.0.113.1' })).status).toBe(
        200,
      );
      expect((await limited.send('GET', '/probe/public', undefined, { 'x-forwarded-for': '203.0.113.2' })).status).toBe(
        200,
      );
      expect((await limited.send('GET', '/probe/public', undefined, { 'x-forwarded-for': '203.0.113.2' })).status).toBe(
        429,
      );
    } finally {
      await limited.close();
    }
  });
});
