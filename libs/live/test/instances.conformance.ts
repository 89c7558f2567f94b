import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestDatabase } from '#database/testing';
import type { InstanceAdapter } from '../src/instance.adapter.js';
import { LiveApp, listenTo, next } from './live-app.js';

export interface InstancesUnderTest {
  readonly database: TestDatabase;
  /** An adapter for one more instance. */
  adapter(): InstanceAdapter;
  close(): Promise<void>;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What clients of one instance receive of clusters that another one ticks, over any adapter. */
export function instancesContract(start: () => Promise<InstancesUnderTest>): void {
  describe('live events of two instances', () => {
    let shared: InstancesUnderTest;
    let a: LiveApp;
    let b: LiveApp;
    beforeAll(async () => {
      shared = await start();
    });
    afterAll(async () => shared.close());
    beforeEach(async () => {
      a = await LiveApp.start(shared.database, shared.adapter());
      b = await LiveApp.start(shared.database, shared.adapter());
      const root = await a.user('root', 'admin');
      // Each listens and knows the other, so that no event of the test is lost.
      const id = await a.cluster(root.id, randomUUID());
      const [atA, atB] = [await a.connect(root.token), await b.connect(root.token)];
      for (const socket of [atA, atB]) await socket.emitWithAck('subscribe', { cluster_id: id });
      await heardAcross(atA, b, id);
      await heardAcross(atB, a, id);
      for (const socket of [atA, atB]) socket.disconnect();
    });
    afterEach(async () => {
      await a.close();
      await b.close();
    });

    /** Resolves once the socket receives events of `there`, which takes until its subscription has arrived there. */
    async function heardAcross(socket: Awaited<ReturnType<LiveApp['connect']>>, there: LiveApp, clusterId: string) {
      const first = next(socket);
      const again = setInterval(() => there.alert(clusterId, 'are you there?'), 20);
      await first.finally(() => clearInterval(again));
    }

    it('reach those who subscribed at the other, of their own clusters only', async () => {
      const [ada, bob] = [await a.user('ada'), await a.user('bob')];
      const [hers, his] = [await a.cluster(ada.id, 'hers'), await a.cluster(bob.id, 'his')];
      const [adas, bobs] = [await a.connect(ada.token), await b.connect(bob.token)];
      expect(await adas.emitWithAck('subscribe', { cluster_id: hers })).toMatchObject({ ok: true });
      expect(await adas.emitWithAck('subscribe', { cluster_id: his })).toMatchObject({ code: 'cluster_not_found' });
      await bobs.emitWithAck('subscribe_all', {});
      const heard = listenTo(bobs);
      await heardAcross(adas, b, hers);
      await heardAcross(bobs, a, his);
      expect(new Set(heard.map(({ cluster_id: id }) => id))).toEqual(new Set([his]));
    });

    it('that no client of the other needs are not relayed', async () => {
      const ada = await a.user('ada');
      const [wanted, unwanted] = [await a.cluster(ada.id, 'wanted'), await a.cluster(ada.id, 'unwanted')];
      const socket = await a.connect(ada.token);
      await socket.emitWithAck('subscribe', { cluster_id: wanted });
      await heardAcross(socket, b, wanted);
      const before = b.live.statistics().relay.relayed;
      for (let index = 0; index < 100; index += 1) b.alert(unwanted, 'not relayed');
      const last = next(socket);
      b.alert(wanted, 'the last');
      await last;
      expect(b.live.statistics().relay.relayed - before).toBeLessThan(10);
    });

    it('too long for a notification arrive whole', async () => {
      const ada = await a.user('ada');
      const id = await a.cluster(ada.id, 'talkative');
      const socket = await a.connect(ada.token);
      await socket.emitWithAck('subscribe', { cluster_id: id });
      await heardAcross(socket, b, id);
      const long = 'ä'.repeat(40_000);
      const heard = listenTo(socket);
      b.alert(id, long);
      await until('it arrives', () => heard.some(({ data }) => data.message === long));
    });

    it('are caught up on at the other instance, and only there where one may see them', async () => {
      const [ada, bob] = [await a.user('ada'), await a.user('bob')];
      const id = await a.cluster(ada.id, 'moves');
      const before = await a.connect(ada.token);
      await before.emitWithAck('subscribe', { cluster_id: id });
      await heardAcross(before, b, id);
      const own = next(before);
      a.alert(id, 'ticked here');
      const { id: last } = await own;
      before.disconnect();
      // An event of the instance that the client left, and one of the other.
      a.alert(id, 'missed, of a');
      b.alert(id, 'missed, of b');
      const helper = await b.connect(ada.token);
      await helper.emitWithAck('subscribe', { cluster_id: id });
      const fence = listenTo(helper);
      a.alert(id, 'fence');
      await until('what was before it has arrived too', () => fence.some(({ data }) => data.message === 'fence'));
      const after = await b.connect(ada.token);
      const heard = listenTo(after);
      const question = { cluster_id: id, last_event_id: last };
      expect(await after.emitWithAck('subscribe', question)).toMatchObject({ ok: true, missed: false });
      await until('it is caught up', () => heard.some(({ data }) => data.message === 'fence'));
      const messages = heard.map(({ data }) => data.message);
      expect(messages).toEqual(expect.arrayContaining(['missed, of a', 'missed, of b', 'fence']));
      const bobs = await b.connect(bob.token);
      expect(await bobs.emitWithAck('subscribe', question)).toMatchObject({ code: 'cluster_not_found' });
    });

    it('from before an instance began are said to be missed', async () => {
      const ada = await a.user('ada');
      const id = await a.cluster(ada.id, 'older');
      const before = await a.connect(ada.token);
      await before.emitWithAck('subscribe', { cluster_id: id });
      // Messages in flight would reach the new one, too.
      const elsewhere = await b.connect(ada.token);
      await elsewhere.emitWithAck('subscribe', { cluster_id: id });
      const [own, passedOn] = [next(before), next(elsewhere)];
      a.alert(id, 'before');
      const { id: last } = await own;
      await passedOn;
      const c = await LiveApp.start(shared.database, shared.adapter());
      try {
        const after = await c.connect(ada.token);
        const question = { cluster_id: id, last_event_id: last };
        expect(await after.emitWithAck('subscribe', question)).toMatchObject({ missed: true });
      } finally {
        await c.close();
      }
    });

    it('of clusters that are created later reach a client that subscribed to all', async () => {
      const ada = await a.user('ada');
      const first = await a.cluster(ada.id, 'first');
      const socket = await a.connect(ada.token);
      await socket.emitWithAck('subscribe_all', {});
      await heardAcross(socket, b, first);
      const later = await b.cluster(ada.id, 'later');
      const heard = listenTo(socket);
      const again = setInterval(() => b.alert(later, 'here I am'), 20);
      await until('it is heard', () => heard.some(({ cluster_id: id }) => id === later)).finally(() =>
        clearInterval(again),
      );
    });
  });
}
