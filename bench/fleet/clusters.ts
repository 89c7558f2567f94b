import { eventually } from '../../test/support/eventually.js';
import { ask } from '../ask.js';
import type { Fleet, Instance } from './fleet.js';

/** Registers somebody and makes clusters that are scaled again and again; @returns their ids and a token */
export async function createClusters(
  fleet: Fleet,
  { url }: Instance,
  count: number,
  definition: object,
): Promise<{ readonly ids: readonly string[]; readonly token: string }> {
  const person = { username: 'fleet', password: 'Correct-Horse-9' };
  const { token } = await ask<{ token: string }>(url, '/auth/register', person);
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { id } = await ask<{ id: string }>(url, '/clusters', { name: `fleet-${number}`, ...definition }, token);
    ids.push(id);
  }
  for (const id of ids) {
    await eventually(`the simulator knows ${id}`, async () => (await fetch(`${fleet.simulatorUrl}/clusters/${id}`)).ok);
    const pattern = { cluster_id: id, pattern: 'sine_wave', amplitude: 0.6, period: '2m' };
    await ask(fleet.simulatorUrl, '/pattern', pattern);
  }
  return { ids, token };
}
