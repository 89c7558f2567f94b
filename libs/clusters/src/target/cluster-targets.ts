import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, IsNull, type Repository } from 'typeorm';
import { lockUntilCommit, TARGETS_LOCK } from '#database';
import { type ProvidedCluster, ProviderRegistry } from '#providers';
import { ClusterEntity } from '../cluster.entity.js';

/** A cluster with the servers of an older one, and the key of both. */
interface Conflict {
  readonly id: string;
  readonly older: string;
  readonly key: string;
}

/**
 * Which servers a cluster has: an endpoint, and the name of the cluster there. No two live clusters may have the same, or one owner
 * could scale and remove the servers of another; a unique index enforces that.
 */
@Injectable()
export class ClusterTargets {
  private readonly logger = new Logger('Clusters');

  constructor(
    @InjectRepository(ClusterEntity) private readonly clusters: Repository<ClusterEntity>,
    private readonly providers: ProviderRegistry,
  ) {}

  /** The key of a cluster's servers: equal for the same servers; `null` where the provider is not loaded. */
  keyOf(cluster: ProvidedCluster): string | null {
    return this.providers.targetKeyOf(cluster);
  }

  /**
   * Fills in missing keys (rows of the previous release) and keys that another configuration has changed. Of several clusters
   * with the same servers the oldest keeps them; the others are in `error`, and not ticked, until a user changes or deletes them.
   */
  async settle(): Promise<void> {
    const conflicts = await this.clusters.manager.transaction(async (manager) => {
      await lockUntilCommit(TARGETS_LOCK, manager);
      return this.fillIn(manager.withRepository(this.clusters));
    });
    for (const { id, older, key } of conflicts)
      this.logger.warn(`cluster ${id} is not scaled: cluster ${older} already scales the same servers (${key})`);
  }

  private async fillIn(clusters: Repository<ClusterEntity>): Promise<readonly Conflict[]> {
    const rows = await clusters.find({
      select: { id: true, provider: true, targetKey: true },
      where: { deletedAt: IsNull(), conflictsWith: IsNull() },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
    const holders = new Map<string, string>();
    const changed: { readonly id: string; readonly key: string }[] = [];
    const conflicts: Conflict[] = [];
    for (const { id, provider, targetKey: present } of rows) {
      // Without its provider the servers of a cluster are unknown: it keeps its key.
      const key = this.keyOf({ id, provider }) ?? present;
      if (key === null) continue;
      const older = holders.get(key);
      if (older === undefined) holders.set(key, id);
      if (older !== undefined) conflicts.push({ id, older, key });
      else if (key !== present) changed.push({ id, key });
    }
    if (changed.length + conflicts.length > 0) await write(changed, conflicts, clusters);
    return conflicts;
  }
}

async function write(
  changed: readonly { readonly id: string; readonly key: string }[],
  conflicts: readonly Conflict[],
  clusters: Repository<ClusterEntity>,
): Promise<void> {
  const ids = changed.map(({ id }) => id);
  const losers = conflicts.map(({ id }) => id);
  // First, so that keys can move from one cluster to another.
  await clusters.update({ id: Any([...ids, ...losers]) }, { targetKey: null });
  await clusters.query(
    `UPDATE clusters SET target_key = given.key FROM unnest($1::uuid[], $2::text[]) AS given (id, key) WHERE clusters.id = given.id`,
    [ids, changed.map(({ key }) => key)],
  );
  await clusters.query(
    `UPDATE clusters SET status = 'error', status_reason = given.reason, conflicts_with = given.older, updated_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (id, older, reason) WHERE clusters.id = given.id`,
    [losers, conflicts.map(({ older }) => older), conflicts.map(({ key }) => reasonOf(key))],
  );
}

function reasonOf(key: string): string {
  return `Another cluster already scales these servers (${key}). Servers stay as they are. Change the provider of this cluster, or delete it.`;
}
