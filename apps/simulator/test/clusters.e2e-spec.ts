import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { meanCpu, MINUTE, type RunningSimulator, SECOND, startSimulator, START } from './harness.js';

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.close());

const quiet = { servers: 4, base_cpu: 50, base_memory: 40, variance: 0, noise: 0 };
const create = (id: string, body: object = quiet) => simulator.http.post(`/clusters/${id}`).send(body);
const put = (id: string, body: object) => simulator.http.put(`/clusters/${id}`).send(body);

describe('/health', () => {
  it('reports status and virtual time', async () => {
    const { body } = await simulator.http.get('/health').expect(200);
    expect(body).toEqual({ status: 'ok', clusters: 0, speed: 1, virtual_time: new Date(START).toISOString() });
  });
});

describe('creating', () => {
  it('accepts the fields of the contract and returns the cluster with its servers', async () => {
    const { body } = await create('web').expect(201);
    expect(body).toMatchObject({
      id: 'web',
      desired_servers: 4,
      base_cpu: 50,
      base_memory: 40,
      variance: 0,
      pattern: 'steady',
    });
    const at = new Date(START).toISOString();
    expect(body.servers).toEqual(
      [1, 2, 3, 4].map((number) => ({ server_id: `web-${number}`, state: 'ACTIVE', created_at: at, active_at: at })),
    );
    expect(body.load).toEqual({ offered: 200, served: 200, dropped: 0 });
  });

  it('accepts the id in the body, too, and fills in defaults', async () => {
    const { body } = await simulator.http.post('/clusters').send({ id: 'api' }).expect(201);
    expect(body).toMatchObject({ id: 'api', desired_servers: 3, capacity: 100 });
  });

  it('again returns the existing cluster in its current state', async () => {
    await create('web').expect(201);
    await put('web', { desired_servers: 6 }).expect(200);
    const { body } = await create('web').expect(200);
    expect(body.desired_servers).toBe(6);
    await create('web', {}).expect(200);
  });

  it('again with other values is a conflict that names the fields', async () => {
    await create('web').expect(201);
    const { body } = await create('web', { ...quiet, servers: 5, pattern: 'daily' }).expect(409);
    expect(body).toMatchObject({ code: 'cluster_exists', error: expect.stringContaining('servers, pattern') });
    expect(body.details.map(({ field }: { field: string }) => field)).toEqual(['servers', 'pattern']);
  });

  it.each([
    [{ servers: 0 }, 'servers'],
    [{ servers: 2.5 }, 'servers'],
    [{ base_cpu: 'high' }, 'base_cpu'],
    [{ base_memory: 101 }, 'base_memory'],
    [{ variance: -1 }, 'variance'],
    [{ pattern: 'trace' }, 'pattern'],
    [{ provisioning: 'soon' }, 'provisioning'],
    [{ color: 'red' }, 'color'],
    [{ id: 'other' }, 'id'],
  ])('rejects %j and names the field', async (body, field) => {
    const answer = await create('web', body).expect(400);
    expect(answer.body).toMatchObject({
      code: 'validation_failed',
      details: [{ field }],
      trace_id: expect.any(String),
    });
    expect(answer.body.error).toContain(field);
  });

  it.each(['a b', '<b>', '-x', 'x'.repeat(129)])('rejects the id %j', async (id) => {
    const { body } = await create(encodeURIComponent(id)).expect(400);
    expect(body.details).toEqual([{ field: 'id', error: expect.stringContaining('1 to 128 letters') }]);
  });
});

describe('listing', () => {
  it('pages by id, also when clusters are deleted in between', async () => {
    for (const id of ['c', 'a', 'b']) await create(id).expect(201);
    const { body: first } = await simulator.http.get('/clusters?limit=2').expect(200);
    expect(first).toEqual({
      clusters: ['a', 'b'].map((id) => ({
        id,
        desired_servers: 4,
        active: 4,
        provisioning: 0,
        draining: 0,
        pattern: 'steady',
      })),
      count: 2,
      next_cursor: 'b',
    });
    await simulator.http.delete('/clusters/b').expect(204);
    const { body: second } = await simulator.http.get('/clusters?limit=2&cursor=b').expect(200);
    expect([second.clusters[0].id, second.count, second.next_cursor]).toEqual(['c', 1, undefined]);
    await simulator.http.get('/clusters?limit=0').expect(400);
  });
});

describe('/metrics/:id', () => {
  it('has exactly the contract`s shape, for active servers, with the real time', async () => {
    await create('web');
    await put('web', { desired_servers: 5 });
    const { body } = await simulator.http.get('/metrics/web').expect(200);
    expect(body).toEqual({
      cluster_id: 'web',
      timestamp: new Date(START).toISOString(),
      servers: [1, 2, 3, 4].map((number) => ({
        server_id: `web-${number}`,
        cpu_usage: 50,
        memory_usage: 40,
        request_load: 50,
      })),
      totals: { request_rate: 200 },
    });
  });

  it('is included in the cluster on request, at the same time', async () => {
    await create('web').expect(201);
    await put('web', { desired_servers: 5 }).expect(200);
    const plain = (await simulator.http.get('/clusters/web').expect(200)).body;
    const metrics = (await simulator.http.get('/metrics/web').expect(200)).body;
    const { timestamp, totals, ...cluster } = (await simulator.http.get('/clusters/web?metrics=true').expect(200)).body;
    expect({ timestamp, totals }).toEqual({ timestamp: metrics.timestamp, totals: metrics.totals });
    expect(Object.keys(cluster).sort()).toEqual(Object.keys(plain).sort());
    const usage = new Map(metrics.servers.map(({ server_id, ...used }: { server_id: string }) => [server_id, used]));
    expect(usage.size).toBe(4);
    expect(cluster.servers).toEqual(
      plain.servers.map((server: { server_id: string }) => ({ ...server, ...(usage.get(server.server_id) as object) })),
    );
    await simulator.http.get('/clusters/web?metrics=maybe').expect(400);
  });

  it('has the offered load in its totals, even without servers', async () => {
    await create('web');
    await put('web', { desired_servers: 0 }).expect(200);
    const { body } = await simulator.http.get('/metrics/web').expect(200);
    expect(body).toMatchObject({ servers: [], totals: { request_rate: 200 } });
  });
});

describe('scaling', () => {
  it('up lowers CPU once the servers are active', async () => {
    await create('web');
    const { body } = await put('web', { desired_servers: 8 }).expect(200);
    expect(body.servers.filter(({ state }: { state: string }) => state === 'PROVISIONING')).toHaveLength(4);
    simulator.clock.pass(2 * MINUTE - 1);
    expect(meanCpu(await simulator.metrics('web'))).toBe(50);
    simulator.clock.pass(1);
    const readings = await simulator.metrics('web');
    expect([readings.length, meanCpu(readings)]).toEqual([8, 25]);
    const { body: later } = await simulator.http.get('/clusters/web');
    expect(later.servers[7]).toEqual({
      server_id: 'web-8',
      state: 'ACTIVE',
      created_at: new Date(START).toISOString(),
      active_at: new Date(START + 2 * MINUTE).toISOString(),
    });
  });

  it('to the same count changes nothing, however often', async () => {
    await create('web');
    const first = await put('web', { desired_servers: 6 });
    const second = await put('web', { desired_servers: 6 });
    expect(second.body).toEqual(first.body);
  });

  it('down cancels the newest provisioning servers, then drains the newest active ones', async () => {
    await create('web');
    await put('web', { add_servers: 2 });
    await put('web', { remove_servers: 3 });
    expect(await simulator.states('web')).toEqual([
      'web-1 ACTIVE',
      'web-2 ACTIVE',
      'web-3 ACTIVE',
      'web-4 DRAINING',
      'web-6 TERMINATED',
      'web-5 TERMINATED',
    ]);
    simulator.clock.pass(30 * SECOND);
    const { body } = await simulator.http.get('/clusters/web');
    expect(body.servers.at(-1)).toMatchObject({
      server_id: 'web-4',
      state: 'TERMINATED',
      terminated_at: new Date(START + 30 * SECOND).toISOString(),
      cause: 'drained',
    });
    simulator.clock.pass(2 * MINUTE);
    expect(await simulator.states('web')).toEqual(['web-1 ACTIVE', 'web-2 ACTIVE', 'web-3 ACTIVE']);
  });

  it('accepts one kind of count at a time, within limits', async () => {
    await create('web');
    const { body } = await put('web', { desired_servers: 5, add_servers: 1 }).expect(400);
    expect(body.error).toBe('desired_servers and add_servers exclude each other');
    await put('web', {}).expect(400);
    await put('web', { desired_servers: -1 }).expect(400);
    await put('web', { desired_servers: 10_001 }).expect(400);
    await put('web', { add_servers: 9_997 }).expect(400);
  });

  it('changes base values of the running cluster', async () => {
    await create('web');
    const { body } = await put('web', { base_cpu: 75, variance: 1 }).expect(200);
    expect(body).toMatchObject({ base_cpu: 75, variance: 1, load: { offered: 300 } });
  });
});

describe('deleting', () => {
  it('removes the cluster and frees its id', async () => {
    await create('web');
    await simulator.http.delete('/clusters/web').expect(204);
    for (const path of ['/clusters/web', '/metrics/web']) {
      const { body } = await simulator.http.get(path).expect(404);
      expect(body).toMatchObject({ code: 'cluster_not_found', error: 'there is no cluster "web"' });
    }
    await simulator.http.delete('/clusters/web').expect(404);
    await create('web').expect(201);
  });
});

describe('invalid requests', () => {
  it.each(['[]', '[1]', 'null', '"text"', '{"__proto__": {"cluster_id": "web"}}'])(
    'with a body of %s are a 400',
    async (body) => {
      for (const path of ['/spike', '/pattern', '/faults', '/clusters']) {
        const answer = await simulator.http.post(path).type('json').send(body);
        expect([path, answer.status, answer.body]).toEqual([
          path,
          400,
          expect.objectContaining({ code: expect.any(String) }),
        ]);
      }
    },
  );

  it('without a body are a 400 if a body is required, and otherwise use defaults', async () => {
    await simulator.http.post('/spike').expect(400);
    await simulator.http.put('/clusters/web').expect(404);
    await simulator.http.post('/clusters/web').expect(201);
    await simulator.http.put('/clusters/web').expect(400);
  });

  it('get the common error format', async () => {
    const { body: route } = await simulator.http.get('/nothing').expect(404);
    expect(route).toEqual({ error: expect.any(String), code: 'route_not_found', trace_id: expect.any(String) });
    const { body: json } = await simulator.http.post('/spike').type('json').send('{').expect(400);
    expect(json).toEqual({ error: expect.any(String), code: expect.any(String), trace_id: expect.any(String) });
  });
});

describe('several clusters', () => {
  it('are created one after the other and have independent random numbers', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `cluster-${index}`);
    await Promise.all(ids.map((id) => create(id, { servers: 2 }).expect(201)));
    const { body } = await simulator.http.get('/clusters?limit=1000');
    expect(body.count).toBe(200);
    expect(meanCpu(await simulator.metrics('cluster-1'))).not.toBe(meanCpu(await simulator.metrics('cluster-2')));
  });
});
