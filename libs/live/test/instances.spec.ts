import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { InProcessWire } from './in-process.adapter.js';
import { instancesContract } from './instances.conformance.js';
import { LiveApp, next } from './live-app.js';

instancesContract(async () => {
  const database = await createTestDatabase();
  const wire = new InProcessWire();
  return { database, adapter: () => wire.adapter(), close: async () => database.close() };
});

describe('an instance that missed events of another', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => database.close());

  it('disconnects its clients, and tells them on reconnect that they missed something', async () => {
    const wire = new InProcessWire();
    const a = await LiveApp.start(database, wire.adapter());
    const b = await LiveApp.start(database, wire.adapter());
    try {
      await a.user('root', 'admin');
      const ada = await a.user('ada');
      const id = await a.cluster(ada.id, 'cut off');
      const socket = await a.connect(ada.token);
      await socket.emitWithAck('subscribe', { cluster_id: id });
      const first = next(socket);
      const again = setInterval(() => b.alert(id, 'before'), 20);
      const { id: last } = await first.finally(() => clearInterval(again));
      // Messages in flight arrive.
      const across = (): boolean => a.live.statistics().relay.received === b.live.statistics().relay.relayed;
      b.alert(id, 'the last before');
      while (!across()) await new Promise((resolve) => setTimeout(resolve, 10));
      const gone = new Promise((resolve) => socket.once('disconnect', resolve));
      wire.cut = true;
      b.alert(id, 'lost');
      const lost = b.live.statistics().relay.relayed;
      while (b.live.statistics().relay.relayed === lost) await new Promise((resolve) => setTimeout(resolve, 10));
      wire.cut = false;
      b.alert(id, 'after');
      await gone;
      const back = await a.connect(ada.token);
      expect(await back.emitWithAck('subscribe', { cluster_id: id, last_event_id: last })).toMatchObject({
        missed: true,
      });
    } finally {
      await a.close();
      await b.close();
    }
  });
});
