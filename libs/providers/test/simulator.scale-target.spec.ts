import { afterAll, beforeAll, describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { call } from '../../../test/support/client.js';
import { eventually } from '../../../test/support/eventually.js';
import { type Program, startSimulator } from '../../../test/support/programs.js';
import { countServers, type TargetCluster } from '../src/ports/scale-target.js';
import { SimulatorHttp } from '../src/simulator/simulator.http.js';
import { SimulatorScaleTarget } from '../src/simulator/simulator.scale-target.js';
import { describeScaleTarget } from './scale-target.conformance.js';

const FAULTS: Record<string, object> = {
  refuse: { refuse_scale_up: true },
  hang: { hang: true },
  // Of four more, one.
  partial: { partial_scale_up: 0.25 },
};

describe('with the simulator itself', () => {
  let simulator: { readonly program: Program; readonly url: string };
  beforeAll(async () => {
    // Three seconds: long enough to be seen provisioning on the busiest machine, short enough to wait for.
    simulator = await startSimulator({ speed: 60, provisioning: '180s' });
  });
  afterAll(async () => simulator?.program.stop());

  describeScaleTarget('the simulator target', async () => {
    const { url } = simulator;
    const id = randomUUID();
    await call(url, 'POST', `/clusters/${id}`, { servers: 2 });
    const http = new SimulatorHttp({ url, connections: 2 });
    const target = new SimulatorScaleTarget(http);
    const { signal } = new AbortController();
    let cluster: TargetCluster = { id, provider: { type: 'simulator' } };
    return {
      target,
      get cluster() {
        return cluster;
      },
      unknown: { id: randomUUID(), provider: { type: 'simulator' } },
      async settle() {
        await eventually('nothing is provisioned or drained', async () => {
          const { provisioning, draining } = countServers((await target.read(cluster, signal)).servers);
          return provisioning === 0 && draining === 0;
        });
      },
      async trouble(kind) {
        if (kind === 'unreachable') cluster = { id, provider: { type: 'simulator', url: 'http://127.0.0.1:9' } };
        else await call(url, 'POST', '/faults', { cluster_id: id, ...FAULTS[kind] });
      },
      close: async () => http.onApplicationShutdown(),
    };
  });
});
