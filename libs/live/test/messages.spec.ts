import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { listenTo, LiveApp, next } from './live-app.js';

const NOBODYS = '7b0f5f4e-6e0f-4c1e-9d6f-0f9f4a3c2b1d';

let database: TestDatabase;
let app: LiveApp;
let socket: Socket;
let ada: { id: string; token: string };
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => database.close());
beforeEach(async () => {
  app = await LiveApp.start(database, null);
  ada = await app.user('ada', 'admin');
  socket = await app.connect(ada.token);
});
afterEach(async () => {
  await app.close();
  await database.dataSource.query('DELETE FROM clusters');
});

describe('a message', () => {
  it.each([
    ['subscribe', {}, 'cluster_id'],
    ['subscribe', { cluster_id: 'x' }, 'cluster_id'],
    ['subscribe', { cluster_id: [NOBODYS] }, 'cluster_id'],
    ['subscribe', { cluster_id: NOBODYS, last_event_id: 7 }, 'last_event_id'],
    ['subscribe', { cluster_id: NOBODYS, last_event_id: 'x'.repeat(257) }, 'last_event_id'],
    ['subscribe', { cluster_id: NOBODYS, cluster: 'x' }, 'cluster'],
    ['subscribe_all', { detail: 'everything' }, 'detail'],
    ['unsubscribe', { cluster_id: null }, 'cluster_id'],
  ])('that is invalid gets an error that names the field: %s %j', async (message, body, field) => {
    const answer = (await socket.emitWithAck(message, body)) as { details: { field: string }[] };
    expect(answer).toMatchObject({
      error: expect.any(String),
      code: 'validation_failed',
      trace_id: expect.any(String),
    });
    expect(new Set(answer.details.map((each) => each.field))).toEqual(new Set([field]));
  });

  it.each([
    ['a text', 'all'],
    ['a list', [1, 2]],
  ])('that is %s is rejected', async (_name, body) => {
    expect(await socket.emitWithAck('subscribe_all', body)).toMatchObject({ code: 'validation_failed' });
  });

  it('needs no body without parameters', async () => {
    expect(await socket.emitWithAck('subscribe_all')).toEqual({ ok: true, count: 0, missed: false });
    expect(await socket.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
  });

  it("for a missing cluster is rejected like one for another user's", async () => {
    expect(await socket.emitWithAck('subscribe', { cluster_id: NOBODYS })).toMatchObject({ code: 'cluster_not_found' });
  });

  it('that is far too long is rejected at once, and the connection stays', async () => {
    const body = { cluster_id: NOBODYS, padding: 'x'.repeat(100_000) };
    expect(await socket.emitWithAck('subscribe', body)).toMatchObject({ code: 'message_too_large' });
    expect(await socket.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
  });

  it('that fails gets no answer if the client wants none', async () => {
    const heard: unknown[] = [];
    socket.onAny((...event) => heard.push(event));
    socket.emit('subscribe', { cluster_id: 'x' });
    socket.emit('subscribe', { cluster_id: NOBODYS });
    expect(await socket.emitWithAck('unsubscribe_all')).toEqual({ ok: true });
    expect(heard).toEqual([]);
  });

  it('is handled in order, also after slower messages', async () => {
    const [left, kept] = [await app.cluster(ada.id, 'left'), await app.cluster(ada.id, 'kept')];
    const answers = await Promise.all([
      socket.emitWithAck('subscribe', { cluster_id: left }),
      socket.emitWithAck('subscribe_all', {}),
      socket.emitWithAck('subscribe', { cluster_id: 'x' }),
      socket.emitWithAck('unsubscribe_all'),
      socket.emitWithAck('subscribe', { cluster_id: kept }),
    ]);
    expect(answers.map((answer: { ok?: true }) => answer.ok)).toEqual([true, true, undefined, true, true]);
    const heard = listenTo(socket);
    const last = next(socket);
    app.alert(left, 'of the one that was left');
    app.alert(kept, 'of the one that was kept');
    await last;
    expect(heard.map(({ cluster_id: id }) => id)).toEqual([kept]);
  });

  it('is acknowledged before the events that it requests', async () => {
    const id = await app.cluster(ada.id, 'paused for a while');
    await socket.emitWithAck('subscribe', { cluster_id: id });
    const first = next(socket);
    app.alert(id, 'first');
    const { id: last_event_id } = await first;
    app.alert(id, 'second');
    const later = await app.connect(ada.token);
    const order: string[] = [];
    later.on('alert', ({ data }: { data: { message: string } }) => order.push(data.message));
    const missed = next(later);
    later.emit('subscribe', { cluster_id: id, last_event_id }, () => order.push('answer'));
    await missed;
    expect(order).toEqual(['answer', 'second']);
  });
});

describe("an application without the gateway's adapter", () => {
  it('does not start, because its sockets would have no limits', async () => {
    await expect(LiveApp.start(database, null, { withAdapter: false })).rejects.toThrow('LiveIoAdapter');
  });
});
