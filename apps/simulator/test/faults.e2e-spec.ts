import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request as rawRequest } from 'node:http';
import { MINUTE, type RunningSimulator, SECOND, startSimulator } from './harness.js';

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await startSimulator();
  for (const id of ['web', 'api']) await simulator.http.post(`/clusters/${id}`).send({ servers: 4 }).expect(201);
});
afterEach(() => simulator.close());

const inject = (body: object) => simulator.http.post('/faults').send(body);
const statusOf = async (path: string) => (await simulator.http.get(path)).status;

/** A request whose connection will be closed; `null`: no answer. */
function patientGet(path: string): Promise<number | null> {
  return new Promise((resolve) => {
    const request = rawRequest(`${simulator.url}${path}`, (response) => resolve(response.statusCode ?? null));
    request.once('error', () => resolve(null));
    request.end();
  });
}

describe('faults', () => {
  it('are off by default, listed while active, and cleared', async () => {
    expect((await simulator.http.get('/faults')).body).toEqual({ faults: [], count: 0 });
    const { body } = await inject({ cluster_id: 'web', errors: 0.5, latency: '2s', duration: '1m' }).expect(201);
    const fault = {
      id: 1,
      cluster_id: 'web',
      latency: '2000ms',
      errors: 0.5,
      hang: false,
      refuse_scale_up: false,
      partial_scale_up: null,
      since: '2026-01-05T12:00:00.000Z',
      until: '2026-01-05T12:01:00.000Z',
    };
    expect(body).toEqual({ fault, crashed_servers: [] });
    expect((await simulator.http.get('/faults')).body).toEqual({ faults: [fault], count: 1 });
    await inject({ hang: true });
    await simulator.http.delete('/faults?cluster_id=web').expect(204);
    expect((await simulator.http.get('/faults')).body.count).toBe(1);
    await simulator.http.delete('/faults').expect(204);
    expect((await simulator.http.get('/faults')).body.count).toBe(0);
  });

  it('end after their duration', async () => {
    await inject({ errors: 1, duration: '10s' });
    expect(await statusOf('/metrics/web')).toBe(500);
    simulator.clock.pass(10 * SECOND);
    expect(await statusOf('/metrics/web')).toBe(200);
  });

  it.each([
    [{}, 'latency'],
    [{ errors: 1.5 }, 'errors'],
    [{ hang: 'yes' }, 'hang'],
    [{ crash_servers: 0 }, 'crash_servers'],
    [{ latency: '1h' }, 'latency'],
    [{ explode: true }, 'explode'],
  ])('reject %j', async (body, field) => {
    const answer = await inject(body).expect(400);
    expect(answer.body.details).toEqual([{ field, error: expect.any(String) }]);
  });

  it('need an existing cluster', async () => {
    await inject({ cluster_id: 'unknown', hang: true }).expect(404);
  });
});

describe('latency', () => {
  it('delays the answers of its cluster only', async () => {
    await inject({ cluster_id: 'web', latency: '1500ms' });
    expect(await statusOf('/metrics/web')).toBe(200);
    expect(await statusOf('/clusters/web')).toBe(200);
    expect(await statusOf('/metrics/api')).toBe(200);
    expect(await statusOf('/health')).toBe(200);
    expect(simulator.pause.waited).toEqual([1500, 1500]);
  });
});

describe('errors', () => {
  it('occur with the requested share, deterministic for a seed', async () => {
    await inject({ cluster_id: 'web', errors: 0.3 });
    const statuses: number[] = [];
    for (let count = 0; count < 100; count++) statuses.push(await statusOf('/metrics/web'));
    const failed = statuses.filter((status) => status === 500).length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(45);
    const { body } = await simulator.http.get('/clusters/api').expect(200);
    expect(body.id).toBe('api');
  });

  it('have the common error format', async () => {
    await inject({ errors: 1 });
    const { body } = await simulator.http.get('/clusters/web').expect(500);
    expect(body).toEqual({ error: expect.any(String), code: 'injected_fault', trace_id: expect.any(String) });
  });

  it('of all clusters affect the list, too, but never the control routes', async () => {
    await inject({ errors: 1 });
    expect(await statusOf('/clusters')).toBe(500);
    await simulator.http.post('/spike').send({ cluster_id: 'web', cpu_target: 90, duration: 5 }).expect(200);
    await simulator.http.get('/health').expect(200);
  });
});

describe('hang', () => {
  it('holds requests until the fault is cleared, then closes their connections', async () => {
    await inject({ cluster_id: 'web', hang: true });
    const answer = patientGet('/metrics/web');
    while (simulator.held() === 0) await statusOf('/health');
    expect(await statusOf('/metrics/api')).toBe(200);
    await simulator.http.delete('/faults').expect(204);
    expect(await answer).toBeNull();
    expect(simulator.held()).toBe(0);
    expect(await statusOf('/metrics/web')).toBe(200);
  });

  it('does not keep the simulator from stopping', async () => {
    await inject({ hang: true });
    const answer = patientGet('/clusters/web');
    while (simulator.held() === 0) await statusOf('/health');
    await simulator.close();
    expect(await answer).toBeNull();
  });
});

describe('crash_servers', () => {
  it('terminates servers at once, and setting the desired count again replaces them', async () => {
    const { body } = await inject({ cluster_id: 'web', crash_servers: 2 }).expect(201);
    expect(body.fault).toBeNull();
    expect(body.crashed_servers).toHaveLength(2);
    expect(await simulator.metrics('web')).toHaveLength(2);
    expect(await simulator.metrics('api')).toHaveLength(4);
    const states = await simulator.states('web');
    for (const id of body.crashed_servers) expect(states).toContain(`${id} TERMINATED`);
    await simulator.http.put('/clusters/web').send({ desired_servers: 4 }).expect(200);
    simulator.clock.pass(2 * MINUTE);
    expect(await simulator.metrics('web')).toHaveLength(4);
  });

  it('without a cluster affects each cluster', async () => {
    const { body } = await inject({ crash_servers: 1 });
    expect(body.crashed_servers).toHaveLength(2);
  });
});

describe('refuse_scale_up', () => {
  it('rejects more servers with 409 and still removes servers', async () => {
    await inject({ cluster_id: 'web', refuse_scale_up: true });
    const { body } = await simulator.http.put('/clusters/web').send({ desired_servers: 6 }).expect(409);
    expect(body.code).toBe('scale_up_refused');
    await simulator.http.put('/clusters/web').send({ desired_servers: 4 }).expect(200);
    await simulator.http.put('/clusters/web').send({ desired_servers: 3 }).expect(200);
    expect(await simulator.metrics('web')).toHaveLength(3);
    await simulator.http.put('/clusters/api').send({ desired_servers: 6 }).expect(200);
  });
});

describe('partial_scale_up', () => {
  it('grants a share of the new servers with each request', async () => {
    await inject({ cluster_id: 'web', partial_scale_up: 0.5 });
    const provisioning = async () => {
      await simulator.http.put('/clusters/web').send({ desired_servers: 10 }).expect(200);
      return (await simulator.states('web')).filter((server) => server.endsWith('PROVISIONING')).length;
    };
    expect(await provisioning()).toBe(3);
    expect(await provisioning()).toBe(4);
  });
});
