import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, MINUTE, SECOND, startSimulator } from './harness.js';

let folder: string;
let stateFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  stateFile = join(folder, 'deep', 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('--state', () => {
  it('lets a restart continue where the previous run ended, however long ago', async () => {
    const clock = new FakeClock();
    const first = await startSimulator({ stateFile, speed: 60 }, clock);
    await first.http.post('/clusters/web').send({ servers: 4 }).expect(201);
    await first.http.post('/clusters/api').send({ servers: 2 }).expect(201);
    await first.http.post('/pattern').send({
      cluster_id: 'api',
      pattern: 'trace',
      points: [
        [0, 5],
        [60, 9],
        [120, 2],
      ],
    });
    await first.http.post('/spike').send({ cluster_id: 'web', cpu_target: 90, duration: '5m' });
    clock.pass(10 * SECOND);
    await first.http.put('/clusters/web').set('x-fencing-token', '7').send({ desired_servers: 6 }).expect(200);
    clock.pass(SECOND);
    const before = await Promise.all(['web', 'api'].map(async (id) => (await first.http.get(`/clusters/${id}`)).body));
    await first.close();

    clock.pass(60 * MINUTE);
    const second = await startSimulator({ stateFile, speed: 60 }, clock);
    const after = await Promise.all(['web', 'api'].map(async (id) => (await second.http.get(`/clusters/${id}`)).body));
    expect(after[0].servers).toEqual(before[0].servers);
    expect(after[0].requests).toEqual(before[0].requests);
    expect(after[1]).toEqual(before[1]);
    expect(await second.metrics('web')).toHaveLength(4);
    clock.pass(SECOND);
    expect(await second.metrics('web')).toHaveLength(6);
    await second.http.put('/clusters/web').set('x-fencing-token', '6').send({ desired_servers: 9 }).expect(409);
    await second.close();
  });

  it('leaves a complete file and no temporary one', async () => {
    const simulator = await startSimulator({ stateFile });
    await simulator.http.post('/clusters/web').send({}).expect(201);
    await Promise.all([simulator.save(), simulator.save(), simulator.save()]);
    expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({
      version: 1,
      clusters: [{ spec: { id: 'web' } }],
    });
    expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
    await simulator.close();
  });

  it.each([
    ['{"version":1', 'is no JSON'],
    ['[]', 'holds no state of a simulator'],
    ['{"version":7,"time":{},"clusters":[]}', 'has version 7; this simulator reads version 1'],
  ])('refuses to start from %j and leaves the file unchanged', async (text, message) => {
    const file = join(folder, 'bad.json');
    await writeFile(file, text);
    await expect(startSimulator({ stateFile: file })).rejects.toThrow(message);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('writes nothing unless configured', async () => {
    const simulator = await startSimulator();
    await simulator.http.post('/clusters/web').send({}).expect(201);
    await simulator.save();
    await simulator.close();
    expect(await readdir(folder)).toEqual([]);
  });
});
