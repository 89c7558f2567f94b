import { ask } from './ask.js';

const AT_ONCE = 8;
const PASSWORD = 'Correct-Horse-9';

/** Registers a user, whose token `prepare` gets, and creates clusters. @returns their ids, unordered, and the user's token */
export async function createClusters(
  url: string,
  count: number,
  definitionOf: (number: number) => object,
  prepare: (token: string) => Promise<unknown> = async () => undefined,
): Promise<{ readonly ids: readonly string[]; readonly token: string }> {
  const { token } = await ask<{ token: string }>(url, '/auth/register', { username: 'bench', password: PASSWORD });
  await prepare(token);
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const ids: string[] = [];
  const creator = async (): Promise<void> => {
    for (const number of numbers)
      ids.push((await ask<{ id: string }>(url, '/clusters', definitionOf(number), token)).id);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, creator));
  return { ids, token };
}

const SERVERS = 10;

/** A cluster of ten servers with everything enabled: all policies, forecasts. */
export function busyCluster(number: number): object {
  return {
    name: `bench-${number}`,
    min_servers: SERVERS,
    max_servers: 2 * SERVERS,
    policy: { slo: {}, target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] }, threshold: {} },
    provider: { type: 'simulator', simulated: { servers: SERVERS, base_cpu: 55, base_memory: 40, variance: 5 } },
  };
}
