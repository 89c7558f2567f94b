import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HandOver, type ProviderCluster, ProviderError, type Readings, type Session } from '#providers/sdk';
import { inProcessProvider } from '../../providers/test/in-process.definition.js';
import { type Answer, RoutesApp } from './routes-app.js';

const OBJECT = 'HorizontalPodAutoscaler web';
const RECOMMEND = { slo: {}, mode: 'recommend' };

/** Takes clusters over from an HPA that it has itself. */
class HandingSession implements Session {
  /** Clusters whose HPA is switched off. */
  readonly off = new Set<string>();
  fault: ProviderError | null = null;
  objects: readonly string[] = [OBJECT];

  async read(): Promise<Readings> {
    return new Map();
  }

  async takeOver({ id }: ProviderCluster, apply: boolean): Promise<HandOver> {
    if (this.fault !== null) throw this.fault;
    const outcome = this.off.has(id) ? 'unchanged' : apply ? 'done' : 'planned';
    if (apply) this.off.add(id);
    return this.handOver('Switches the HPA off.', outcome);
  }

  async handBack({ id }: ProviderCluster, apply: boolean): Promise<HandOver> {
    if (this.fault !== null) throw this.fault;
    const outcome = !this.off.has(id) ? 'unchanged' : apply ? 'done' : 'planned';
    if (apply) this.off.delete(id);
    return this.handOver('Switches the HPA on.', outcome);
  }

  async close(): Promise<void> {}

  private handOver(action: string, outcome: HandOver['steps'][number]['outcome']): HandOver {
    const { objects } = this;
    const steps = objects.map((object) => ({ object, action, command: 'kubectl …', undo: null, outcome, note: null }));
    return { objects, steps };
  }
}

describe('the take-over of a cluster', () => {
  const session = new HandingSession();
  let app: RoutesApp;
  let admin: string;
  let ada: string;
  let bob: string;
  let viewer: string;
  let id: string;
  let clusters = 0;

  beforeAll(async () => {
    app = await RoutesApp.with({ providers: [inProcessProvider(session)] });
    admin = await app.user('root', 'admin');
    ada = await app.user('ada', 'operator');
    bob = await app.user('bob', 'operator');
    viewer = await app.user('vic', 'viewer');
  });
  afterAll(async () => app.close());
  beforeEach(async () => {
    session.fault = null;
    session.objects = [OBJECT];
    clusters += 1;
    const provider = { type: 'in_process', cluster_id: `web-${clusters}` };
    const body = { name: `web-${clusters}`, min_servers: 1, max_servers: 9, policy: RECOMMEND, provider };
    id = String((await app.send(ada, 'POST', '/clusters', body)).body['id']);
  });

  const ask = async (way: string, body: object, token = ada): Promise<Answer> =>
    app.send(token, 'POST', `/clusters/${id}/${way}`, body);
  const cluster = async (): Promise<Answer['body']> => (await app.send(ada, 'GET', `/clusters/${id}`)).body;
  const audited = async (action: string): Promise<object[]> =>
    app.dataSource.query(
      `SELECT actor, outcome, before, after FROM audit_log WHERE target_id = $1 AND action = $2 ORDER BY id`,
      [id, action],
    );

  it('only lists the steps by default, and is not audited then', async () => {
    const { status, body } = await ask('take-over', {});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      cluster_id: id,
      applied: false,
      mode: 'recommend',
      taken_over: null,
      steps: [{ object: OBJECT, outcome: 'planned' }],
    });
    expect(session.off.has(id)).toBe(false);
    expect(await cluster()).toMatchObject({ taken_over: null, policy: { mode: 'recommend' } });
    expect(await audited('cluster.take_over')).toEqual([]);
  });

  it('lets the service act, and the way back lets it recommend; both are audited and idempotent', async () => {
    const taken = { by: 'ada', objects: [OBJECT], since: expect.any(String) };
    for (const outcome of ['done', 'unchanged'])
      expect(await ask('take-over', { apply: true })).toMatchObject({
        status: 200,
        body: { applied: true, mode: 'act', taken_over: taken, steps: [{ outcome }] },
      });
    expect(await cluster()).toMatchObject({ taken_over: taken, policy: { mode: 'act', slo: {} } });
    expect((await audited('cluster.take_over'))[0]).toEqual({
      actor: 'ada',
      outcome: 'success',
      before: { mode: 'recommend', taken_over: [] },
      after: { mode: 'act', taken_over: [OBJECT] },
    });
    expect(await ask('hand-back', {})).toMatchObject({ body: { applied: false, steps: [{ outcome: 'planned' }] } });
    for (const outcome of ['done', 'unchanged'])
      expect(await ask('hand-back', { apply: true })).toMatchObject({
        status: 200,
        body: { applied: true, mode: 'recommend', taken_over: null, steps: [{ outcome }] },
      });
    expect(await cluster()).toMatchObject({ taken_over: null, policy: { mode: 'recommend' } });
    expect(await audited('cluster.hand_back')).toMatchObject([
      { before: { mode: 'act' }, after: { mode: 'recommend', taken_over: [OBJECT] } },
      { after: { mode: 'recommend', taken_over: [] } },
    ]);
  });

  it('is for the owner and admins', async () => {
    for (const way of ['take-over', 'hand-back']) {
      expect((await ask(way, {}, bob)).status).toBe(404);
      expect((await ask(way, {}, viewer)).status).toBe(403);
      expect((await ask(way, {}, admin)).status).toBe(200);
    }
    expect((await ask('take-over', { apply: 'yes' })).status).toBe(400);
  });

  it('that fails changes nothing, and is audited with the reason', async () => {
    session.fault = new ProviderError('unauthorized', 'the right is missing to update horizontalpodautoscalers');
    expect(await ask('take-over', { apply: true })).toMatchObject({
      status: 409,
      body: { code: 'take_over_failed', error: 'the right is missing to update horizontalpodautoscalers' },
    });
    expect(await cluster()).toMatchObject({ taken_over: null, policy: { mode: 'recommend' } });
    expect(await audited('cluster.take_over')).toMatchObject([
      { outcome: 'failure', after: { error: 'the right is missing to update horizontalpodautoscalers' } },
    ]);
    session.fault = new ProviderError('unreachable', 'no answer in time');
    expect(await ask('take-over', { apply: true })).toMatchObject({
      status: 503,
      body: { code: 'provider_unreachable' },
    });
  });

  it('stays known while the way back fails, and the service acts no more', async () => {
    await ask('take-over', { apply: true });
    session.fault = new ProviderError('unauthorized', 'not restored');
    expect(await ask('hand-back', { apply: true })).toMatchObject({ status: 409, body: { code: 'hand_back_failed' } });
    expect(await cluster()).toMatchObject({ taken_over: { objects: [OBJECT] }, policy: { mode: 'recommend' } });
  });

  it('needs something to take over, and a cluster that is ticked often enough', async () => {
    session.objects = [];
    expect(await ask('take-over', {})).toMatchObject({ status: 409, body: { code: 'nothing_to_take_over' } });
    session.objects = [OBJECT];
    await app.send(ada, 'PUT', `/clusters/${id}`, { config: { interval: '2m' } });
    expect(await ask('take-over', {})).toMatchObject({ status: 409, body: { code: 'interval_too_long' } });
  });

  it('must be handed back before the cluster is deleted, recommends, or changes its provider', async () => {
    await ask('take-over', { apply: true });
    const path = `/clusters/${id}`;
    const provider = { type: 'in_process', cluster_id: `other-${clusters}` };
    const changes = [
      await app.send(ada, 'DELETE', path),
      await app.send(ada, 'PUT', path, { policy: RECOMMEND }),
      await app.send(ada, 'PUT', path, { provider }),
      await app.send(ada, 'PUT', path, { config: { interval: '2m' } }),
    ];
    for (const { status, body } of changes) {
      expect([status, body['code']]).toEqual([409, 'taken_over']);
      expect(body['error']).toContain(`${OBJECT} is switched off for this cluster; hand it back before it is`);
    }
    await app.send(ada, 'PUT', `${path}/candidate`, { policy: RECOMMEND });
    expect((await app.send(ada, 'POST', `${path}/candidate/adopt`, {})).status).toBe(409);
    expect((await app.send(ada, 'PUT', path, { max_servers: 12, policy: { slo: {} } })).status).toBe(200);
    await ask('hand-back', { apply: true });
    expect((await app.send(ada, 'DELETE', path)).status).toBe(204);
  });
});
