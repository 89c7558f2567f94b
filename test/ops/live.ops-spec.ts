import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configOf } from '#config';
import { DEFAULT_PRIVILEGES, ROLES } from '#database';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { instanceAdapter } from '../../libs/live/src/instance.adapter.js';
import { instancesContract } from '../../libs/live/test/instances.conformance.js';
import { LiveApp, next } from '../../libs/live/test/live-app.js';
import { LIVE_ATTACHMENTS } from '../../migrations/1795490400000-instances-share.js';
import { eventually } from '../support/eventually.js';
import { PASSWORD, PostgresServer } from './support/postgres.js';

/** With the same privileges as the service in production. */
const SERVICE = 'service';

// Debian's PostgreSQL has no TimescaleDB: accounts and clusters are in the embedded database, notifications use the
// real server.
async function server(): Promise<PostgresServer> {
  const postgres = await PostgresServer.start();
  await postgres.administer(
    'postgres',
    ...ROLES,
    ...DEFAULT_PRIVILEGES,
    LIVE_ATTACHMENTS,
    `CREATE ROLE ${SERVICE} LOGIN PASSWORD '${PASSWORD}' IN ROLE autoscaler_app`,
  );
  return postgres;
}

function adapterOf(postgres: PostgresServer) {
  const adapter = instanceAdapter(
    configOf({
      'websocket.adapter': 'postgres',
      // Stands for a pooler in transaction mode, where LISTEN does not work.
      'database.host': 'pooler.invalid',
      'database.direct_host': '127.0.0.1',
      'database.direct_port': postgres.port,
      'database.user': SERVICE,
      'database.password': PASSWORD,
      'database.name': 'postgres',
    }),
  );
  if (adapter === null) throw new Error('there is no adapter');
  return adapter();
}

instancesContract(async () => {
  const postgres = await server();
  const database = await createTestDatabase();
  return {
    database,
    adapter: () => adapterOf(postgres),
    close: async () => {
      await database.close();
      await postgres.stop();
    },
  };
});

describe('live events over a server that drops connections', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    postgres = await server();
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.close();
    await postgres.stop();
  });

  it('reach the other instance again on their own, and a gap is reported', async () => {
    const a = await LiveApp.start(database, adapterOf(postgres));
    const b = await LiveApp.start(database, adapterOf(postgres));
    try {
      await a.user('root', 'admin');
      const ada = await a.user('ada');
      const id = await a.cluster(ada.id, 'cut off');
      const heardFromB = async (): Promise<string> => {
        const socket = await a.connect(ada.token);
        await socket.emitWithAck('subscribe', { cluster_id: id });
        const heard = next(socket);
        const again = setInterval(() => b.alert(id, 'from b'), 50);
        return (await heard.finally(() => clearInterval(again))).id;
      };
      const last = await heardFromB();
      await postgres.administer(
        'postgres',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'autoscaler live'`,
      );
      // Publishing does not wait for the connection: this returns although there is none.
      for (let index = 0; index < 10_000; index += 1) b.alert(id, 'during the cut');
      await heardFromB();
      await eventually('the gap is noticed', async () => {
        const socket = await a.connect(ada.token);
        const answer = (await socket.emitWithAck('subscribe', { cluster_id: id, last_event_id: last })) as object;
        return 'missed' in answer && answer.missed === true;
      });
      expect(b.live.statistics().relay.dropped).toBeGreaterThan(0);
    } finally {
      await a.close();
      await b.close();
    }
  });
});
