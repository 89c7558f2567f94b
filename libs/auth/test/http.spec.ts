import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthApp } from './auth-app.js';

let app: AuthApp;
beforeAll(async () => {
  app = await AuthApp.start({ 'api.cors.allowed_origins': ['https://page.example'], 'api.body_limit': 2048 });
});
afterAll(async () => app.close());

describe('errors', () => {
  it.each([
    ['GET', '/nowhere', undefined, 404, 'route_not_found'],
    ['GET', '/probe/anybody', undefined, 401, 'not_authenticated'],
    ['POST', '/auth/login', '{"username": ', 400, 'malformed_json'],
    ['POST', '/auth/login', JSON.stringify({ username: 'x'.repeat(5000) }), 413, 'body_too_large'],
    ['GET', '/probe/broken', undefined, 500, 'internal_error'],
  ])('%s %s has the one shape', async (method, path, body, status, code) => {
    const answer = await app.send(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: expect.any(String), code, trace_id: expect.stringMatching(/^[\w-]{8,64}$/) });
    expect(answer.body['trace_id']).toBe(answer.headers.get('x-request-id'));
    expect(JSON.stringify(answer.body)).not.toContain('inside of the service');
  });

  it('name every wrong field and every unknown one', async () => {
    const { body } = await app.send('POST', '/auth/login', { username: 5, pasword: 'x' });
    expect(body['code']).toBe('validation_failed');
    expect(new Set(body.details?.map(({ field }) => field))).toEqual(new Set(['username', 'password', 'pasword']));
    expect(body.details).toContainEqual({ field: 'pasword', error: 'pasword is not a known field' });
  });

  it('carry the trace of the caller', async () => {
    const id = 'my-request-0001';
    expect((await app.send('GET', '/nowhere', undefined, { 'x-request-id': id })).body['trace_id']).toBe(id);
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

describe('time limits', () => {
  it('end an answer that takes longer than api.write_timeout, and are handed to the server', async () => {
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

describe('headers', () => {
  it('are those that the guide promises', async () => {
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

describe('limits on the rate', () => {
  it('count an address over all routes, and say when to come back', async () => {
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
    } finally {
      await limited.close();
    }
  });

  it('believe a proxy that is trusted, and no other', async () => {
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
