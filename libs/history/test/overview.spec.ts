import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observe } from '#engine';
import { ObservationRepository } from '#metrics';
import { RoutesApp } from '../../clusters/test/routes-app.js';
import { HistoryModule } from '../src/index.js';

const MINUTE = 60_000;
/** On the minute, so that a tick of a minute ago is in its own step. */
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;

let app: RoutesApp;
let token: string;

beforeAll(async () => {
  app = await RoutesApp.start(HistoryModule);
  app.clock.time = NOW;
  token = await app.user('root', 'admin');
});
afterAll(async () => app.close());

async function create(name: string): Promise<string> {
  const definition = { name, min_servers: 1, max_servers: 9 };
  const { body } = await app.send(token, 'POST', '/clusters', definition);
  return body['id'] as string;
}

/** One tick a minute, one server at half of its capacity. */
async function record(clusterId: string, ticks: number): Promise<void> {
  const servers = [{ id: 'a', state: 'ACTIVE' as const }];
  const observations = Array.from({ length: ticks }, (_, tick) => {
    const at = NOW - (ticks - tick) * MINUTE;
    const samples = [{ serverId: 'a', at, cpu: 50, memory: 20, requestRate: 100 }];
    const observation = observe({ now: at, intervalMs: MINUTE, servers, samples });
    return {
      clusterId,
      observation: { ...observation, demand: 0.5 },
      desired: 1,
      leadTimeMs: null,
      providerAnswered: true,
    };
  });
  await app.dataSource.transaction(async (manager) =>
    app.app.get(ObservationRepository).writeTick(observations, manager),
  );
}

describe('the overview of all clusters', () => {
  it('shows each cluster to those who may see it', async () => {
    const id = await create('measured');
    await record(id, 30);
    const { status, body } = await app.send(token, 'GET', '/clusters/overview');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      count: 1,
      clusters: [
        {
          id,
          name: 'measured',
          owner: 'root',
          policies: ['slo'],
          promise: { violations: '1%' },
          budget: null,
          last_scaling: null,
        },
      ],
    });
    const [{ recent_demand: recent }] = body['clusters'] as [
      { recent_demand: { step_ms: number; values: (number | null)[] } },
    ];
    // Ten minutes in steps of ten seconds; with a tick a minute every sixth is filled.
    expect(recent).toMatchObject({ step_ms: 10_000 });
    expect(recent.values).toHaveLength(60);
    expect(recent.values.filter((value) => value !== null)).toHaveLength(10);
    const other = await app.user('other', 'operator');
    expect((await app.send(other, 'GET', '/clusters/overview')).body).toEqual({
      clusters: [],
      count: 0,
      cost_per_hour: [],
      without_cost: 0,
    });
  });

  it('adds the cost an hour by currency, and counts the clusters that are left out', async () => {
    const owner = await app.user('payer', 'operator');
    for (const [name, cost, ticks] of [
      ['euros', { per_server_hour: 0.5, currency: 'EUR' }, 1],
      ['more euros', { per_server_hour: 0.25, currency: 'EUR' }, 1],
      ['dollars', { per_server_hour: 2, currency: 'USD' }, 1],
      ['not priced', {}, 1],
      ['servers not known', { per_server_hour: 9, currency: 'USD' }, 0],
    ] as const) {
      const definition = { name, min_servers: 1, max_servers: 9, cost };
      const { body } = await app.send(owner, 'POST', '/clusters', definition);
      if (ticks === 0) continue;
      await record(body['id'] as string, ticks);
      await app.dataSource.query(
        `INSERT INTO cluster_states (cluster_id, ticked_at, engine_state, tracking, alerts) VALUES ($1, now(), '{}', '{}', '[]')`,
        [body['id']],
      );
    }
    const { body } = await app.send(owner, 'GET', '/clusters/overview');
    expect(body).toMatchObject({
      cost_per_hour: [
        { amount: 0.75, currency: 'EUR' },
        { amount: 2, currency: 'USD' },
      ],
      without_cost: 2,
    });
    const clusters = body['clusters'] as { name: string; cost_per_hour: unknown }[];
    expect(clusters.map(({ name, cost_per_hour: cost }) => [name, cost])).toEqual([
      ['dollars', { amount: 2, currency: 'USD' }],
      ['euros', { amount: 0.5, currency: 'EUR' }],
      ['more euros', { amount: 0.25, currency: 'EUR' }],
      ['not priced', null],
      ['servers not known', null],
    ]);
  });
});

describe('a cluster', () => {
  it('has the state of its worst alert, in its status and in the overview', async () => {
    const id = await create('refused');
    const stateOf = async () => {
      const { body } = await app.send(token, 'GET', '/clusters/overview');
      const { clusters } = body as unknown as { clusters: { id: string; state: unknown }[] };
      const inList = clusters.find((cluster) => cluster.id === id)?.state;
      expect((await app.send(token, 'GET', `/clusters/${id}/status`)).body['state']).toEqual(inList);
      return inList;
    };
    expect(await stateOf()).toEqual({ level: 'ok', code: null, message: null, since: null });
    const since = '2026-01-05T12:00:00.000Z';
    const alerts = [
      { code: 'metrics_missing', severity: 'warning', message: 'No metrics (no answer in time).', since },
      { code: 'scaling_failed', severity: 'critical', message: 'The provider refused 12 more servers.', since },
    ];
    await app.dataSource.query(
      `INSERT INTO cluster_states (cluster_id, ticked_at, engine_state, tracking, alerts) VALUES ($1, now(), '{}', '{}', $2)`,
      [id, JSON.stringify(alerts)],
    );
    const message = 'The provider refused 12 more servers.';
    expect(await stateOf()).toEqual({ level: 'critical', code: 'scaling_failed', message, since });
    const active = async (who: string) => (await app.send(who, 'GET', '/alerts/active')).body;
    expect(await active(token)).toEqual({ critical: 1, warning: 1, info: 0 });
    expect(await active(await app.user('stranger', 'operator'))).toEqual({ critical: 0, warning: 0, info: 0 });
  });

  it('has a status before its first tick', async () => {
    const id = await create('unticked');
    expect((await app.send(token, 'GET', `/clusters/${id}/status`)).body).toMatchObject({
      servers: null,
      desired_servers: null,
      last_decision: null,
    });
  });

  it('shows its status to those who may see it', async () => {
    const id = await create('mine');
    const other = await app.user('another', 'operator');
    expect(await app.send(other, 'GET', `/clusters/${id}/status`)).toMatchObject({
      status: 404,
      body: { code: 'cluster_not_found' },
    });
  });
});
