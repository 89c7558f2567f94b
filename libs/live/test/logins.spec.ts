import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { listenTo, LiveApp, next } from './live-app.js';

/** Logins, roles and scopes are checked again within this time. */
const RECHECKED_MS = 1000;

let database: TestDatabase;
let app: LiveApp;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  jest.useFakeTimers({ now: Date.now(), doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] });
  app = await LiveApp.start(database, null);
});
afterEach(async () => {
  jest.useRealTimers();
  await app.close();
  await database.dataSource.query('DELETE FROM clusters');
});

/** Advances the clock and waits until all sockets were checked: the account's socket, opened last, is closed then. */
async function recheck({ id, token }: { id: string; token: string }): Promise<void> {
  const gone = once((await app.connect(token)) as never, 'disconnect');
  await database.dataSource.query(`DELETE FROM users WHERE id = $1`, [id]);
  await jest.advanceTimersByTimeAsync(RECHECKED_MS);
  await gone;
}

describe('a socket whose login is rejected', () => {
  it('never becomes a connection', async () => {
    await expect(app.connect('x.y.z')).rejects.toMatchObject({ data: { code: 'token_invalid' } });
    expect(app.live.statistics().connections).toBe(0);
  });
});

describe('an open socket', () => {
  it('handles its messages in order: nothing is received after subscribe and unsubscribe', async () => {
    const ada = await app.user('ada', 'admin');
    const [left, kept] = [await app.cluster(ada.id, 'left'), await app.cluster(ada.id, 'kept')];
    const socket = await app.connect(ada.token);
    const answers = await Promise.all([
      socket.emitWithAck('subscribe', { cluster_id: left }),
      socket.emitWithAck('unsubscribe', { cluster_id: left }),
      socket.emitWithAck('subscribe', { cluster_id: kept }),
    ]);
    expect(answers).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    const heard = listenTo(socket);
    const last = next(socket);
    app.alert(left, 'of the one that was left');
    app.alert(kept, 'of the one that was kept');
    await last;
    expect(heard.map(({ cluster_id: id }) => id)).toEqual([kept]);
  });

  it('receives nothing before it subscribes', async () => {
    const root = await app.user('root', 'admin');
    const id = await app.cluster(root.id, 'not subscribed to');
    const [quiet, subscribed] = [await app.connect(root.token), await app.connect(root.token)];
    expect(await subscribed.emitWithAck('subscribe', { cluster_id: id })).toMatchObject({ ok: true });
    const heard: unknown[] = [];
    quiet.onAny((...event) => heard.push(event));
    const others = next(subscribed);
    app.alert(id, 'for those who subscribed');
    await others;
    // Answered after everything that was sent before it.
    expect(await quiet.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
    expect(heard).toEqual([]);
  });

  it('is closed within a second after its login is revoked; other logins of the account stay', async () => {
    const root = await app.user('root', 'admin');
    const other = await app.user('root');
    const [left, stays] = [await app.connect(root.token), await app.connect(other.token)];
    const gone = once(left as never, 'disconnect');
    await app.logOut(root.token);
    await jest.advanceTimersByTimeAsync(RECHECKED_MS);
    await gone;
    await expect(app.connect(root.token)).rejects.toMatchObject({ data: { code: 'token_revoked' } });
    expect(await stays.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
  });

  it.each([
    ['the account is disabled', `UPDATE users SET disabled_at = now() WHERE id = $1`],
    ['the password is another', `UPDATE users SET password_hash = 'another' WHERE id = $1`],
  ])('is closed within a second where %s', async (_name, statement) => {
    await app.user('root', 'admin');
    const dave = await app.user('dave');
    const gone = once((await app.connect(dave.token)) as never, 'disconnect');
    await database.dataSource.query(statement, [dave.id]);
    await jest.advanceTimersByTimeAsync(RECHECKED_MS);
    await gone;
    await expect(app.connect(dave.token)).rejects.toThrow('this login has ended');
    await database.dataSource.query(`DELETE FROM users WHERE id = $1`, [dave.id]);
  });

  it('shows the clusters of all owners to a new viewer, and to others once they may read them', async () => {
    await app.user('root', 'admin');
    const [owner, vera, oscar] = [await app.user('owner'), await app.user('vera', 'viewer'), await app.user('oscar')];
    const his = await app.cluster(owner.id, 'his');
    const [viewer, operator] = [await app.connect(vera.token), await app.connect(oscar.token)];
    expect(await viewer.emitWithAck('subscribe', { cluster_id: his })).toMatchObject({ ok: true });
    expect(await operator.emitWithAck('subscribe', { cluster_id: his })).toMatchObject({ code: 'cluster_not_found' });
    expect(await operator.emitWithAck('subscribe_all', {})).toMatchObject({ count: 0 });
    await database.dataSource.query(`UPDATE users SET scope = 'all' WHERE id = $1`, [oscar.id]);
    await recheck(await app.user('carl'));
    const heard = next(operator);
    app.alert(his, 'of another');
    expect(await heard).toMatchObject({ cluster_id: his });
  });

  it('is closed with its account, and has the access of its current role', async () => {
    await app.user('root', 'admin');
    const [boss, bob] = [await app.user('boss', 'admin'), await app.user('bob')];
    const [own, his] = [await app.cluster(boss.id, 'own'), await app.cluster(bob.id, 'his')];
    const [one, all, later] = [
      await app.connect(boss.token),
      await app.connect(boss.token),
      await app.connect(boss.token),
    ];
    expect(await one.emitWithAck('subscribe', { cluster_id: his })).toMatchObject({ ok: true });
    expect(await all.emitWithAck('subscribe_all', {})).toMatchObject({ count: 2 });
    await database.dataSource.query(`UPDATE users SET role = 'operator' WHERE id = $1`, [boss.id]);
    await recheck(await app.user('carl'));
    expect(await later.emitWithAck('subscribe', { cluster_id: his })).toMatchObject({ code: 'cluster_not_found' });
    expect(await later.emitWithAck('subscribe_all', {})).toMatchObject({ count: 1 });
    const heard = [one, all, later].map(listenTo);
    const last = Promise.all([next(all), next(later)]);
    app.alert(his, 'of another');
    app.alert(own, 'of the own');
    await last;
    expect(heard.map((alerts) => alerts.map(({ cluster_id: id }) => id))).toEqual([[], [own], [own]]);
  });
});
