import { type Call, type ProviderCluster, ProviderError, type ProviderState, type Readings } from '../sdk/index.js';
import type { WholeSession } from './whole-session.js';

/** Makes clusters that the provider does not know yet, so that nobody who reads or scales them has to. */
export class EnsuringSession implements WholeSession {
  constructor(private readonly inner: WholeSession) {}

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    const readings = await this.inner.read(clusters, call);
    const unknown = clusters.filter(({ id }) => isNotFound(readings.get(id)));
    if (unknown.length === 0) return readings;
    const all = new Map(readings);
    const made = await Promise.all(
      unknown.map(async (cluster) => {
        try {
          await this.inner.ensure(cluster, call);
          return [cluster];
        } catch (error) {
          // That it says so twice is no news.
          if (error instanceof ProviderError && !isNotFound(error)) all.set(cluster.id, error);
          return [];
        }
      }),
    );
    const again = made.flat();
    if (again.length === 0) return all;
    for (const [id, reading] of await this.inner.read(again, call)) all.set(id, reading);
    return all;
  }

  async ensure(cluster: ProviderCluster, call: Call): Promise<void> {
    await this.inner.ensure(cluster, call);
  }

  async setDesired(cluster: ProviderCluster, count: number, call: Call): Promise<ProviderState> {
    try {
      return await this.inner.setDesired(cluster, count, call);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.inner.ensure(cluster, call);
      return this.inner.setDesired(cluster, count, call);
    }
  }

  async close(): Promise<void> {
    await this.inner.close();
  }
}

function isNotFound(outcome: unknown): boolean {
  return outcome instanceof ProviderError && outcome.code === 'not_found';
}
