import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { call } from '../../../test/support/client.js';
import { eventually } from '../../../test/support/eventually.js';
import { type Program, startSimulator } from '../../../test/support/programs.js';
import { PooledHttp } from '../src/http/pooled-http.js';
import { conformanceCases, type Harness } from '../src/sdk/conformance/index.js';
import { countServers, type ProviderCluster, ProviderError, type Session } from '../src/sdk/index.js';
import { simulatorProvider } from '../src/simulator/simulator.provider.js';
import { SimulatorSession } from '../src/simulator/simulator.session.js';

const FAULTS: Record<string, object> = {
  refuse: { refuse_scale_up: true },
  hang: { hang: true },
  // Of four more, one.
  partial: { partial_scale_up: 0.25 },
};

describe('the simulator itself', () => {
  let simulator: { readonly program: Program; readonly url: string };
  beforeAll(async () => {
    // Three seconds: long enough to be seen provisioning on the busiest machine, short enough to wait for.
    simulator = await startSimulator({ speed: 60, provisioning: '180s' });
  });
  afterAll(async () => simulator?.program.stop());

  const clusterOf = (id: string): ProviderCluster => ({ id, target: {}, metrics: {}, fence: null });

  async function start(): Promise<Harness> {
    const id = randomUUID();
    await call(simulator.url, 'POST', `/clusters/${id}`, { servers: 2 });
    const http = new PooledHttp(2);
    const clock = { now: () => Date.now() };
    const here = new SimulatorSession(simulator.url, { http, clock });
    const away = new SimulatorSession('http://127.0.0.1:9', { http, clock });
    let session: Session = here;
    return {
      // The simulator cannot be made to be away that other tests still need.
      session: {
        read: async (clusters, options) => session.read(clusters, options),
        ensure: async (cluster, options) => session.ensure?.(cluster, options),
        setDesired: async (cluster, count, options) => session.setDesired!(cluster, count, options),
        close: async () => session.close(),
      },
      cluster: clusterOf(id),
      unknown: clusterOf(randomUUID()),
      makeable: { ...clusterOf(randomUUID()), target: { simulated: { servers: 3 } } },
      now: () => Date.now(),
      async settle() {
        await eventually('nothing is provisioned or drained', async () => {
          const reading = (await here.read([clusterOf(id) as never], { signal: new AbortController().signal })).get(id);
          if (reading === undefined || reading instanceof ProviderError) return false;
          if (reading.servers === undefined || reading.servers instanceof ProviderError) return false;
          const { provisioning, draining } = countServers(reading.servers);
          return provisioning === 0 && draining === 0;
        });
      },
      async trouble(kind) {
        if (kind === 'unreachable') session = away;
        else await call(simulator.url, 'POST', '/faults', { cluster_id: id, ...FAULTS[kind] });
      },
      close: async () => http.close(),
    };
  }

  for (const { name, run } of conformanceCases(simulatorProvider('http://simulator'), start)) it(name, run);
});
