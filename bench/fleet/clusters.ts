import { eventually } from '../../test/support/eventually.js';
import { ask } from '../ask.js';
import { createClusters } from '../clusters.js';
import type { Fleet, Instance } from './fleet.js';

/** Creates clusters that scale constantly; @returns their ids and the owner's token */
export async function createRestlessClusters(
  { simulatorUrl }: Fleet,
  { url }: Instance,
  count: number,
): Promise<{ readonly ids: readonly string[]; readonly token: string }> {
  const created = await createClusters(url, count, (number) => ({
    name: `fleet-${number}`,
    min_servers: 1,
    max_servers: 40,
    policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '10s' } },
    provider: { type: 'simulator', simulated: { servers: 10, base_cpu: 55, base_memory: 40, variance: 5 } },
  }));
  for (const id of created.ids) {
    await eventually(`the simulator knows ${id}`, async () => (await fetch(`${simulatorUrl}/clusters/${id}`)).ok);
    await ask(simulatorUrl, '/pattern', { cluster_id: id, pattern: 'sine_wave', amplitude: 0.6, period: '2m' });
  }
  return created;
}
