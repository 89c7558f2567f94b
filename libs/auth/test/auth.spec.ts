import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { eventually } from '../../../test/support/eventually.js';
import { AuthApp, bearer, PASSWORD, SECRET } from './auth-app.js';

let app: AuthApp;
beforeAll(async () => {
  app = await AuthApp.start({ 'api.cors.allowed_origins': ['https://page.example'] });
  await app.register('root');
});
afterAll(async () => app.close());

describe('whether registration is open', () => {
  it('is public, and says whether the next account is the first', async () => {
    expect((await app.send('GET', '/auth/registration')).body).toEqual({ open: true, first: false });
    const closed = await AuthApp.start({ 'api.open_registration': false });
    try {
      expect((await closed.send('GET', '/auth/registration')).body).toEqual({ open: true, first: true });
      await closed.register('root');
      expect((await closed.send('GET', '/auth/registration')).body).toEqual({ open: false, first: false });
    } finally {
      await closed.close();
    }
  });
});

describe('registering', () => {
  it('logs in, by token and by cookie', async () => {
    const { status, body, headers } = await app.register('ada');
    expect(status).toBe(201);
    expect(body).toEqual({ token: expect.any(String), expires_in: 86_400, username: 'ada' });
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toContain(`auth_token=${String(body['token'])}`);
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).toMatch(/Path=\//);
    const me = {
      username: 'ada',
      role: 'operator',
      scope: 'own',
      id: expect.any(String),
      expires_at: expect.any(String),
    };
    expect((await app.send('GET', '/auth/me', undefined, bearer(String(body['token'])))).body).toEqual(me);
    expect(
      (await app.send('GET', '/auth/me', undefined, { cookie: `auth_token=${String(body['token'])}` })).body,
    ).toEqual(me);
  });

  it('restricts the cookie to HTTPS if configured', async () => {
    const secure = await AuthApp.start({ 'api.cookie_secure': true });
    try {
      expect((await secure.register('ada')).headers.get('set-cookie')).toMatch(/HttpOnly; Secure|Secure; HttpOnly/);
    } finally {
      await secure.close();
    }
  });

  it('makes only the first account an admin, also for concurrent requests', async () => {
    const crowd = await AuthApp.start();
    try {
      const answers = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => crowd.register(`user_${index}`)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
      const roles = await crowd.dataSource.query<{ role: string; n: number }[]>(
        'SELECT role, count(*)::int AS n FROM users GROUP BY role ORDER BY role',
      );
      expect(roles).toEqual([
        { role: 'admin', n: 1 },
        { role: 'operator', n: 11 },
      ]);
    } finally {
      await crowd.close();
    }
  });

  it('closes after the first account if configured, also for concurrent requests', async () => {
    const crowd = await AuthApp.start({ 'api.open_registration': false });
    try {
      const answers = await Promise.all(Array.from({ length: 6 }, async (_, index) => crowd.register(`user_${index}`)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ body }) => body['code'] === 'registration_closed')).toHaveLength(5);
      expect(await crowd.dataSource.query('SELECT role FROM users')).toEqual([{ role: 'admin' }]);
      expect((await crowd.audit('auth.register')).map(({ outcome }) => outcome)).toEqual(
        Array.from({ length: 5 }, () => 'failure'),
      );
    } finally {
      await crowd.close();
    }
  });

  it('lists every rule that a password breaks', async () => {
    const { status, body } = await app.register('weak', 'abc');
    expect(status).toBe(400);
    expect(body.details).toEqual([
      { field: 'password', error: 'password must have at least 8 characters' },
      { field: 'password', error: 'password must contain an uppercase letter' },
      { field: 'password', error: 'password must contain a number' },
      { field: 'password', error: 'password must contain a special character' },
    ]);
  });

  it.each(['ab', 'x'.repeat(51), 'a b', 'a-b', '<script>', "a'--", 'ü_ü'])('rejects the name %j', async (name) => {
    expect(await app.register(name)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });

  it('rejects a name that is taken, ignoring case', async () => {
    expect(await app.register('ROOT')).toMatchObject({ status: 409, body: { code: 'username_taken' } });
  });

  it.each([
    [{ 'api.open_registration': false }, 403],
    [{ 'app.mode': 'production' }, 403],
    [{ 'app.mode': 'production', 'api.open_registration': true }, 201],
    [{}, 201],
  ])('with %j answers the second one %d', async (values, expected) => {
    const other = await AuthApp.start(values);
    try {
      expect((await other.register('first')).status).toBe(201);
      expect((await other.register('second')).status).toBe(expected);
    } finally {
      await other.close();
    }
  });
});

describe('logging in', () => {
  it('answers an unknown name like a wrong password', async () => {
    const unknown = await app.send('POST', '/auth/login', { username: 'unknown', password: PASSWORD });
    const wrong = await app.send('POST', '/auth/login', { username: 'root', password: 'Wrong-Horse-9' });
    expect(unknown.status).toBe(401);
    expect({ ...unknown.body, trace_id: '' }).toEqual({ ...wrong.body, trace_id: '' });
  });

  it('audits who tried, without secrets', async () => {
    await app.send('POST', '/auth/login', { username: 'mallory', password: 'Guess-Me-123' });
    await app.login('root');
    const rows = await app.audit('auth.login');
    expect(rows).toContainEqual(expect.objectContaining({ actor: 'mallory', outcome: 'failure', ip: '127.0.0.1' }));
    expect(rows).toContainEqual(expect.objectContaining({ actor: 'root', outcome: 'success' }));
    const everything = JSON.stringify(await app.dataSource.query('SELECT * FROM audit_log'));
    expect(everything).not.toContain('Guess-Me-123');
    expect(everything).not.toContain(PASSWORD);
  });
});

describe('a token', () => {
  it.each([
    ['of another key', { secret: 'another-secret-0123456789abcdefghijk' }],
    ['of another issuer', { issuer: 'other' }],
    ['for another audience', { audience: 'other' }],
    ['by another algorithm', { algorithm: 'HS512' as const }],
  ])('%s is rejected', async (_name, change) => {
    const [user] = await app.dataSource.query<[{ id: string }]>(`SELECT id FROM users WHERE username = 'root'`);
    const token = new JwtService().sign(
      {},
      {
        secret: SECRET,
        issuer: 'autoscaler',
        audience: 'autoscaler-api',
        subject: user.id,
        jwtid: crypto.randomUUID(),
        expiresIn: 60,
        ...change,
      },
    );
    expect(await app.send('GET', '/auth/me', undefined, bearer(token))).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    });
  });

  it.each([
    ['without an end', { exp: undefined }],
    ['that ends after all dates', { exp: 1e15 }],
    ['without an id', { jti: undefined }],
    ['with an id that is none', { jti: "x' OR 1=1" }],
    ['with a list for an id', { jti: [randomUUID()] }],
    ['of an account that is no id', { sub: 'root' }],
    ['of no account', { sub: undefined }],
    ['with a number for its password', { pwd: 7 }],
  ])('%s is rejected, even with a valid signature', async (_name, change) => {
    const [user] = await app.dataSource.query<[{ id: string }]>(`SELECT id FROM users WHERE username = 'root'`);
    const exp = Math.floor(Date.now() / 1000) + 600;
    const claims = { iss: 'autoscaler', aud: 'autoscaler-api', sub: user.id, jti: randomUUID(), exp };
    const sign = (payload: object): string => {
      // Not by a library, which would not sign some of these.
      const parts = [{ alg: 'HS256', typ: 'JWT' }, payload].map((part) => Buffer.from(JSON.stringify(part)));
      const signed = parts.map((part) => part.toString('base64url')).join('.');
      return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
    };
    expect((await app.send('GET', '/auth/me', undefined, bearer(sign(claims)))).status).toBe(200);
    expect(await app.send('GET', '/auth/me', undefined, bearer(sign({ ...claims, ...change })))).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    });
  });

  it.each(['none', 'HS256'])('without a signature is rejected, with %s named as its algorithm', async (alg) => {
    const [, payload] = (await app.login('root')).split('.');
    const head = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
    expect(await app.send('GET', '/auth/me', undefined, bearer(`${head}.${payload}.`))).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    });
  });

  it('in the header takes precedence over the cookie, valid or not', async () => {
    await app.register('hedy');
    const [root, hedy] = [await app.login('root'), await app.login('hedy')];
    const me = async (token: string, cookie: string) =>
      app.send('GET', '/auth/me', undefined, { ...bearer(token), cookie: `other=1; auth_token=${cookie}` });
    expect((await me(hedy, root)).body['username']).toBe('hedy');
    expect(await me('x.y.z', root)).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    expect((await app.send('POST', '/auth/logout', undefined, bearer(hedy))).status).toBe(204);
    expect(await me(hedy, root)).toMatchObject({ status: 401, body: { code: 'token_revoked' } });
  });

  it('with another signature is rejected, also once the right one was verified', async () => {
    const token = await app.login('root');
    expect((await app.send('GET', '/auth/me', undefined, bearer(token))).status).toBe(200);
    expect((await app.send('GET', '/auth/me', undefined, bearer(token))).status).toBe(200);
    const forged = token.slice(0, -5) + (token.endsWith('AAAAA') ? 'BBBBB' : 'AAAAA');
    for (const wrong of [forged, `${token}A`, token.slice(0, token.lastIndexOf('.') + 1)]) {
      expect((await app.send('GET', '/auth/me', undefined, bearer(wrong))).body['code']).toBe('token_invalid');
    }
  });

  it('of another scheme is ignored', async () => {
    const authorization = `Basic ${await app.login('root')}`;
    expect(await app.send('GET', '/auth/me', undefined, { authorization })).toMatchObject({
      status: 401,
      body: { code: 'not_authenticated' },
    });
  });

  it('ends with a logout', async () => {
    const token = await app.login('root');
    expect((await app.send('POST', '/auth/logout', undefined, bearer(token))).status).toBe(204);
    expect(await app.send('GET', '/auth/me', undefined, bearer(token))).toMatchObject({
      status: 401,
      body: { code: 'token_revoked' },
    });
  });

  it('ends with a logout also for requests in progress', async () => {
    const token = await app.login('root');
    const query = app.dataSource.query.bind(app.dataSource);
    let goOn = (): void => undefined;
    const loggedOut = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // A slow database: the row is read before the logout and returned after it.
    const asked = jest.spyOn(app.dataSource, 'query').mockImplementationOnce(async (...args) => {
      const rows: unknown = await query(...args);
      await loggedOut;
      return rows;
    });
    const under = app.send('GET', '/auth/me', undefined, bearer(token));
    await eventually('it is being looked at', () => asked.mock.calls.length > 0);
    expect((await app.send('POST', '/auth/logout', undefined, bearer(token))).status).toBe(204);
    goOn();
    expect((await under).status).toBe(200);
    expect((await app.send('GET', '/auth/me', undefined, bearer(token))).status).toBe(401);
    asked.mockRestore();
  });

  it('expires after api.jwt_expiration, also when it is cached', async () => {
    const other = await AuthApp.start({ 'api.jwt_expiration': '10m' });
    try {
      const { body } = await other.register('ada');
      expect((await other.send('GET', '/auth/me', undefined, bearer(String(body['token'])))).status).toBe(200);
      expect(body['expires_in']).toBe(600);
      other.clock.time += 11 * 60_000;
      expect(await other.send('GET', '/auth/me', undefined, bearer(String(body['token'])))).toMatchObject({
        status: 401,
        body: { code: 'token_expired' },
      });
    } finally {
      await other.close();
    }
  });
});

describe('a password', () => {
  const NEXT = 'Another-Horse-8';
  const me = async (token: string) => (await app.send('GET', '/auth/me', undefined, bearer(token))).status;

  it('is changed by its owner, whose other logins end', async () => {
    await app.register('paula');
    const [here, elsewhere] = [await app.login('paula'), await app.login('paula')];
    const { status, body, headers } = await app.send(
      'PUT',
      '/auth/password',
      { password: PASSWORD, new_password: NEXT },
      bearer(here),
    );
    expect(status).toBe(200);
    expect(body).toEqual({ token: expect.any(String), expires_in: 86_400, username: 'paula' });
    expect(headers.get('set-cookie')).toContain(`auth_token=${String(body['token'])}`);
    app.clock.time += 6000;
    expect(await me(String(body['token']))).toBe(200);
    expect(await me(here)).toBe(401);
    expect(await app.send('GET', '/auth/me', undefined, bearer(elsewhere))).toMatchObject({
      status: 401,
      body: { code: 'token_revoked' },
    });
    expect((await app.send('POST', '/auth/login', { username: 'paula', password: PASSWORD })).status).toBe(401);
    expect(await me(await app.login('paula', NEXT))).toBe(200);
    expect(await app.audit('user.change_password')).toContainEqual(
      expect.objectContaining({ actor: 'paula', outcome: 'success', before: null, after: null }),
    );
  });

  it('needs the current one for a change, and guessing it here locks the account, too', async () => {
    await app.register('quinn');
    const token = bearer(await app.login('quinn'));
    const change = async (password: string, next: string) =>
      app.send('PUT', '/auth/password', { password, new_password: next }, token);
    expect(await change(PASSWORD, 'abc')).toMatchObject({ status: 400, body: { code: 'weak_password' } });
    expect(await change(PASSWORD, PASSWORD)).toMatchObject({ status: 400, body: { code: 'same_password' } });
    for (let guess = 0; guess < 10; guess++) {
      expect(await change(`Guess-Me-12${guess}`, NEXT)).toMatchObject({
        status: 400,
        body: { code: 'wrong_password', details: [{ field: 'password' }] },
      });
    }
    expect(await change(PASSWORD, NEXT)).toMatchObject({ status: 429, body: { code: 'login_locked' } });
    app.clock.time += 60_000;
    expect(await app.login('quinn')).toEqual(expect.any(String));
    const failures = (await app.audit('user.change_password')).filter(({ outcome }) => outcome === 'failure');
    expect(failures.map(({ actor }) => actor)).toEqual(Array.from({ length: 10 }, () => 'quinn'));
    const everything = JSON.stringify(await app.dataSource.query('SELECT * FROM audit_log'));
    expect(everything).not.toContain('Guess-Me-12');
    expect(everything).not.toContain(NEXT);
  });

  it('is reset by an admin, and by no other user', async () => {
    const forgetful = await app.register('rita');
    const rita = String(forgetful.body['token']);
    const { body } = await app.send('GET', '/auth/me', undefined, bearer(rita));
    const path = `/users/${String(body['id'])}/password`;
    expect((await app.send('PUT', path, { password: NEXT }, bearer(rita))).status).toBe(403);
    const admin = bearer(await app.login('root'));
    expect(await app.send('PUT', path, { password: 'abc' }, admin)).toMatchObject({
      status: 400,
      body: { code: 'weak_password' },
    });
    expect((await app.send('PUT', path, { password: NEXT }, admin)).status).toBe(204);
    app.clock.time += 6000;
    expect(await me(rita)).toBe(401);
    expect(await me(await app.login('rita', NEXT))).toBe(200);
    const unknown = `/users/${crypto.randomUUID()}/password`;
    expect((await app.send('PUT', unknown, { password: NEXT }, admin)).status).toBe(404);
  });
});

describe('roles', () => {
  it('are changed by admins, and apply to existing tokens within a second', async () => {
    const admin = bearer(await app.login('root'));
    await app.register('carl');
    const carls = bearer(await app.login('carl'));
    expect((await app.send('POST', '/probe/operators', {}, carls)).status).toBe(201);
    const { body } = await app.send('GET', '/users', undefined, admin);
    const carl = (body['users'] as { id: string; username: string }[]).find(({ username }) => username === 'carl');
    expect((await app.send('PATCH', `/users/${carl?.id}`, { role: 'viewer' }, admin)).body['role']).toBe('viewer');
    app.clock.time += 6000;
    expect(await app.send('POST', '/probe/operators', {}, carls)).toMatchObject({
      status: 403,
      body: { code: 'role_not_allowed' },
    });
    expect((await app.send('GET', '/probe/anybody', undefined, carls)).status).toBe(200);
    expect(await app.audit('user.change_role')).toContainEqual(
      expect.objectContaining({ actor: 'root', before: { role: 'operator' }, after: { role: 'viewer' } }),
    );
  });

  it('leave at least one admin', async () => {
    const admin = bearer(await app.login('root'));
    const { body } = await app.send('GET', '/auth/me', undefined, admin);
    expect(await app.send('PATCH', `/users/${String(body['id'])}`, { role: 'viewer' }, admin)).toMatchObject({
      status: 409,
      body: { code: 'last_admin' },
    });
    expect(await app.send('DELETE', `/users/${String(body['id'])}`, undefined, admin)).toMatchObject({
      status: 409,
      body: { code: 'last_admin' },
    });
  });

  it('come with a scope: all clusters for new viewers by default, own clusters for existing accounts', async () => {
    const admin = bearer(await app.login('root'));
    const make = async (username: string, more: object) =>
      (await app.send('POST', '/users', { username, password: PASSWORD, ...more }, admin)).body;
    expect(await make('vera', { role: 'viewer' })).toMatchObject({ scope: 'all', disabled: false });
    expect(await make('vito', { role: 'viewer', scope: 'own' })).toMatchObject({ scope: 'own' });
    expect(await make('otto', { role: 'operator', scope: 'all' })).toMatchObject({ scope: 'all' });
    const { id } = await make('olga', { role: 'operator' });
    // As releases before wrote them.
    await app.dataSource.query(`INSERT INTO users (username, password_hash, role) VALUES ('older', 'x', 'viewer')`);
    const { body } = await app.send('GET', '/users', undefined, admin);
    const scopes = (body['users'] as { username: string; scope: string }[]).map((user) => [user.username, user.scope]);
    expect(scopes).toEqual(
      expect.arrayContaining([
        ['older', 'own'],
        ['olga', 'own'],
        ['root', 'all'],
      ]),
    );
    // A demotion to viewer narrows the scope to the own clusters.
    const path = `/users/${String(id)}`;
    expect((await app.send('PATCH', path, { role: 'viewer' }, admin)).body).toMatchObject({ scope: 'own' });
    const olga = bearer(await app.login('olga'));
    expect((await app.send('PATCH', path, { scope: 'all' }, olga)).status).toBe(403);
    expect((await app.send('PATCH', path, { scope: 'all' }, admin)).body).toMatchObject({ scope: 'all' });
    app.clock.time += 1500;
    expect((await app.send('GET', '/auth/me', undefined, olga)).body).toMatchObject({ role: 'viewer', scope: 'all' });
    expect((await app.send('PATCH', path, { scope: 'everything' }, admin)).status).toBe(400);
    expect(await app.audit('user.change_scope')).toEqual([
      expect.objectContaining({ actor: 'root', before: { scope: 'own' }, after: { scope: 'all' } }),
    ]);
  });

  it('are not removed while they own clusters', async () => {
    const admin = bearer(await app.login('root'));
    const { body } = await app.send(
      'POST',
      '/users',
      { username: 'emma', password: PASSWORD, role: 'operator' },
      admin,
    );
    await app.dataSource.query(
      `INSERT INTO clusters (owner_id, name, min_servers, max_servers, policy, provider, status, deleted_at)
        VALUES ($1, 'old', 1, 2, '{}', '{}', 'active', now())`,
      [body['id']],
    );
    const path = `/users/${String(body['id'])}`;
    expect(await app.send('DELETE', path, undefined, admin)).toMatchObject({
      status: 409,
      body: { code: 'user_owns_clusters' },
    });
    await app.dataSource.query('DELETE FROM clusters WHERE owner_id = $1', [body['id']]);
    expect((await app.send('DELETE', path, undefined, admin)).status).toBe(204);
  });

  it('restrict users and audit to admins', async () => {
    await app.register('dora');
    const dora = bearer(await app.login('dora'));
    for (const path of ['/users', '/audit']) expect((await app.send('GET', path, undefined, dora)).status).toBe(403);
    const { body } = await app.send('GET', '/audit?limit=2', undefined, bearer(await app.login('root')));
    expect(body['entries']).toHaveLength(2);
    const older = await app.send(
      'GET',
      `/audit?limit=2&cursor=${String(body['next_cursor'])}`,
      undefined,
      bearer(await app.login('root')),
    );
    expect(older.body['entries']).toHaveLength(2);
    expect(JSON.stringify(older.body['entries'])).not.toBe(JSON.stringify(body['entries']));
  });
});

describe('a disabled account', () => {
  it('has no logins until it is enabled; both changes are audited', async () => {
    const admin = bearer(await app.login('root'));
    await app.register('gone');
    const token = bearer(await app.login('gone'));
    const { body } = await app.send('GET', '/auth/me', undefined, token);
    const path = `/users/${String(body['id'])}`;
    app.clock.time += 1000;
    expect((await app.send('PATCH', path, { disabled: true }, admin)).body).toMatchObject({ disabled: true });
    app.clock.time += 1000;
    expect(await app.send('GET', '/auth/me', undefined, token)).toMatchObject({
      status: 401,
      body: { code: 'token_revoked' },
    });
    const login = async (password: string) => app.send('POST', '/auth/login', { username: 'gone', password });
    expect(await login(PASSWORD)).toMatchObject({ status: 401, body: { code: 'account_disabled' } });
    expect(await login('Wrong-Horse-9')).toMatchObject({ status: 401, body: { code: 'wrong_credentials' } });
    expect((await app.send('PATCH', path, { disabled: true }, admin)).status).toBe(200);
    expect((await app.send('PATCH', path, { disabled: false }, admin)).body).toMatchObject({ disabled: false });
    expect(await app.send('GET', '/auth/me', undefined, token)).toMatchObject({
      status: 401,
      body: { code: 'token_revoked' },
    });
    expect((await app.send('GET', '/auth/me', undefined, bearer(await app.login('gone')))).status).toBe(200);
    expect(await app.audit('user.disable')).toEqual([expect.objectContaining({ actor: 'root', outcome: 'success' })]);
    expect(await app.audit('user.enable')).toHaveLength(1);
  });

  it('is never the last admin who can log in', async () => {
    const admin = bearer(await app.login('root'));
    const root = `/users/${String((await app.send('GET', '/auth/me', undefined, admin)).body['id'])}`;
    const refused = { status: 409, body: { code: 'last_admin' } };
    expect(await app.send('PATCH', root, { disabled: true }, admin)).toMatchObject(refused);
    const { body } = await app.send('POST', '/users', { username: 'vice', password: PASSWORD, role: 'admin' }, admin);
    const vice = `/users/${String(body['id'])}`;
    expect((await app.send('PATCH', vice, { disabled: true }, admin)).status).toBe(200);
    expect(await app.send('PATCH', root, { role: 'operator' }, admin)).toMatchObject(refused);
    expect(await app.send('DELETE', root, undefined, admin)).toMatchObject(refused);
    expect((await app.send('DELETE', vice, undefined, admin)).status).toBe(204);
  });
});

describe('a change with a cookie', () => {
  const ORIGIN = 'https://page.example';
  it.each([
    ['from our own page', { 'sec-fetch-site': 'same-origin' }, 201],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 201],
    ['from a listed page', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }, 201],
    ['from a page of our host', { origin: 'SELF' }, 201],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from nowhere in particular', {}, 403],
  ])('%s is answered', async (_name, headers: Record<string, string>, expected) => {
    const cookie = `auth_token=${await app.login('root')}`;
    const sent = headers['origin'] === 'SELF' ? { ...headers, origin: app.url } : headers;
    expect((await app.send('POST', '/probe/operators', {}, { cookie, ...sent })).status).toBe(expected);
  });

  it('is not checked for requests that change nothing', async () => {
    const cookie = `auth_token=${await app.login('root')}`;
    expect((await app.send('GET', '/probe/anybody', undefined, { cookie })).status).toBe(200);
  });
});
