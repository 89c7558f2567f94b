import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { meanCpu, MINUTE, type RunningSimulator, SECOND, startSimulator } from './harness.js';

let simulator: RunningSimulator;
let tracesFolder: string;
beforeEach(async () => {
  tracesFolder = await mkdtemp(join(tmpdir(), 'traces-'));
  simulator = await startSimulator({ speed: 60, tracesFolder });
  await simulator.http.post('/clusters/web').send({ servers: 4, base_cpu: 50, variance: 0, noise: 0 }).expect(201);
});
afterEach(async () => {
  await simulator.close();
  await rm(tracesFolder, { recursive: true });
});

const spike = (body: object) => simulator.http.post('/spike').send({ cluster_id: 'web', ...body });
const pattern = (body: object) => simulator.http.post('/pattern').send({ cluster_id: 'web', ...body });
const cpuAfter = async (ms: number) => {
  simulator.clock.pass(ms);
  return meanCpu(await simulator.metrics('web'));
};

describe('speed', () => {
  it('makes virtual time run faster: a server that takes 120 s is active after 2 s', async () => {
    await simulator.http.put('/clusters/web').send({ desired_servers: 5 });
    expect(await cpuAfter(2 * SECOND - 1)).toBe(50);
    expect(await cpuAfter(1)).toBe(40);
  });
});

describe('/spike', () => {
  it('raises the existing servers to the requested CPU, in real time, and ends', async () => {
    const { body } = await spike({ cpu_target: 90, duration: '60s', ramp_up: 10, ramp_down: '10s' }).expect(200);
    expect(body).toEqual({
      cluster_id: 'web',
      starts_at: '2026-01-05T12:00:00.000Z',
      ends_at: '2026-01-05T12:01:10.000Z',
      peak_load: 360,
    });
    const course: number[] = [];
    for (const seconds of [0, 5, 5, 45, 10, 10]) course.push(await cpuAfter(seconds * SECOND));
    expect(course).toEqual([50, 70, 90, 90, 70, 50]);
    const { body: cluster } = await simulator.http.get('/clusters/web');
    expect(cluster.spikes).toEqual([]);
  });

  it('above 100 % drops requests', async () => {
    await spike({ cpu_target: 200, duration: 60 }).expect(200);
    expect(await cpuAfter(10 * SECOND)).toBe(100);
    const { body } = await simulator.http.get('/clusters/web');
    expect(body.load).toEqual({ offered: 800, served: 400, dropped: 400 });
    expect(body.requests.served + body.requests.dropped).toBeCloseTo(body.requests.offered);
  });

  it.each([
    [{ cpu_target: 90 }, 'duration'],
    [{ cpu_target: 90, duration: 'long' }, 'duration'],
    [{ cpu_target: 90, duration: -5 }, 'duration'],
    [{ cpu_target: 0, duration: '5m' }, 'cpu_target'],
    [{ cpu_target: 90, duration: '5m', ramp_up: '6m' }, 'ramp_up'],
  ])('rejects %j', async (body, field) => {
    const answer = await spike(body).expect(400);
    expect(answer.body).toMatchObject({ code: 'validation_failed', details: [{ field }] });
  });

  it('needs an existing cluster', async () => {
    await spike({ cluster_id: 'unknown', cpu_target: 90, duration: '5m' }).expect(404);
  });
});

describe('/clusters/:id/load', () => {
  const load = (query: object) => simulator.http.get('/clusters/web/load').query(query);

  it('returns what the pattern offers at times past and future, without spikes', async () => {
    await pattern({ pattern: 'sine_wave', amplitude: 0.5, period: '4m' });
    await spike({ cpu_target: 90, duration: '60s' });
    const range = { from: '2026-01-05T11:59:57Z', to: '2026-01-05T12:00:04Z', step: '1s' };
    const { body } = await load(range).expect(200);
    expect(body).toEqual({ cluster_id: 'web', load: [300, 200, 100, 200, 300, 200, 100] });
  });

  it.each([
    [{ from: '2026-01-05T12:00:00Z', to: '2026-01-05T12:00:00Z', step: '1s' }, 'from'],
    [{ from: '2026-01-05T12:00:00Z', to: '2026-02-05T12:00:00Z', step: '1s' }, 'step'],
    [{ from: '2026-01-05T12:00:00Z', to: '2026-01-05T13:00:00Z', step: '0s' }, 'step'],
    [{ from: 'yesterday', to: '2026-01-05T13:00:00Z', step: '1s' }, 'from'],
  ])('rejects %j', async (query, field) => {
    const { body } = await load(query).expect(400);
    expect(body).toMatchObject({ code: 'validation_failed', details: [{ field }] });
  });
});

describe('/pattern', () => {
  it.each([
    [{ pattern: 'steady' }, {}],
    [{ pattern: 'daily' }, { amplitude: 0.5, peak_hour: 14 }],
    [
      { pattern: 'weekly', weekend: 0.2 },
      { amplitude: 0.5, peak_hour: 14, weekend: 0.2 },
    ],
    [
      { pattern: 'random', period: '5m' },
      { amplitude: 0.5, period: '300s' },
    ],
    [
      { pattern: 'gradual_rise', factor: 2 },
      { factor: 2, period: '1800s' },
    ],
    [
      { pattern: 'sine_wave', amplitude: 0.3, period: 600 },
      { amplitude: 0.3, period: '600s' },
    ],
  ])('plays %j', async (body, parameters) => {
    const answer = await pattern(body).expect(200);
    expect(answer.body).toMatchObject({ pattern: body.pattern, pattern_parameters: parameters });
  });

  it('changes the load in virtual time', async () => {
    await pattern({ pattern: 'gradual_rise', factor: 2, period: '10m' });
    expect(await cpuAfter(5 * SECOND)).toBe(75);
    expect(await cpuAfter(5 * MINUTE)).toBe(100);
  });

  it('replays a trace of the folder, with its mean as the base load by default', async () => {
    const values = [10, 30, '', 10];
    const lines = values.map((value, minute) => `2000-01-03T00:0${minute}:00Z,${value}`);
    await writeFile(join(tracesFolder, 'small_1min.csv'), ['timestamp,value', ...lines].join('\n'));
    const { body } = await pattern({ pattern: 'trace', trace: 'small_1min' }).expect(200);
    expect(body.pattern_parameters).toMatchObject({ trace: 'small_1min', compression: 1, offset: '0s' });
    expect(body.pattern_parameters.scale).toBeCloseTo(200 / 17.5);
    expect(body.load.offered).toBeCloseTo((10 * 200) / 17.5, 1);
    const { body: peak } = await pattern({ pattern: 'trace', trace: 'small_1min.csv', peak_servers: 3, offset: '60s' });
    expect(peak.load.offered).toBe(300);
    expect(await cpuAfter(SECOND)).toBe(50);
  });

  it('replays inline points, compressed in time', async () => {
    const points = [
      [0, 0],
      [600, 300],
      [1200, null],
      [1800, 0],
    ];
    const { body } = await pattern({ pattern: 'trace', points, scale: 1, compression: 10 }).expect(200);
    expect(body.pattern_parameters.trace).toMatch(/^inline-/);
    expect(await cpuAfter(SECOND)).toBe(75);
    expect(await cpuAfter(SECOND)).toBe(37.5);
  });

  it.each([
    [{ pattern: 'square' }, 'pattern'],
    [{ pattern: 'steady', amplitude: 0.5 }, 'amplitude'],
    [{ pattern: 'sine_wave', amplitude: 2 }, 'amplitude'],
    [{ pattern: 'sine_wave', period: 'soon' }, 'period'],
    [{ pattern: 'trace' }, 'trace'],
    [{ pattern: 'trace', trace: 'missing' }, 'trace'],
    [{ pattern: 'trace', trace: '../../etc/passwd' }, 'trace'],
    [{ pattern: 'trace', points: [[0, 1], [1]] }, 'points.1'],
    [{ pattern: 'trace', points: [[0, 1]] }, 'trace'],
    [
      {
        pattern: 'trace',
        points: [
          [0, 1],
          [60, 2],
        ],
        scale: 1,
        peak_servers: 2,
      },
      'scale',
    ],
  ])('rejects %j', async (body, field) => {
    const answer = await pattern(body).expect(400);
    expect(answer.body.details).toEqual([{ field, error: expect.any(String) }]);
  });

  it('names the invalid line of a trace', async () => {
    await writeFile(join(tracesFolder, 'broken.csv'), 'timestamp,value\n2000-01-03T00:00:00Z,1\nlater,2\n');
    const { body } = await pattern({ pattern: 'trace', trace: 'broken' }).expect(400);
    expect(body).toMatchObject({
      code: 'trace_unreadable',
      error: 'broken:3: "later" is not an RFC 3339 timestamp such as 2026-01-05T00:00:00Z',
    });
  });
});
