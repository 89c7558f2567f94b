import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { TARGETS_LOCK } from '#database';
import { ConflictError } from '#http';
import { type ProvidedCluster, ProviderRegistry } from '#providers';

interface TargetRow extends ProvidedCluster {
  readonly target_key: string | null;
}

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
    private readonly dataSource: DataSource,
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
    const conflicts = await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [TARGETS_LOCK]);
      return this.fillIn(manager);
    });
    for (const { id, older, key } of conflicts)
      this.logger.warn(`cluster ${id} is not scaled: cluster ${older} already scales the same servers (${key})`);
  }

  private async fillIn(manager: EntityManager): Promise<readonly Conflict[]> {
    const rows = await manager.query<TargetRow[]>(
      `SELECT id, provider, target_key FROM clusters WHERE deleted_at IS NULL AND conflicts_with IS NULL ORDER BY created_at, id`,
    );
    const holders = new Map<string, string>();
    const changed: { readonly id: string; readonly key: string }[] = [];
    const conflicts: Conflict[] = [];
    for (const { id, provider, target_key: present } of rows) {
      // Without its provider the servers of a cluster are unknown: it keeps its key.
      const key = this.keyOf({ id, provider }) ?? present;
      if (key === null) continue;
      const older = holders.get(key);
      if (older === undefined) holders.set(key, id);
      if (older !== undefined) conflicts.push({ id, older, key });
      else if (key !== present) changed.push({ id, key });
    }
    if (changed.length + conflicts.length > 0) await this.write(changed, conflicts, manager);
    return conflicts;
  }

  private async write(
    changed: readonly { readonly id: string; readonly key: string }[],
    conflicts: readonly Conflict[],
    manager: EntityManager,
  ): Promise<void> {
    const ids = changed.map(({ id }) => id);
    const losers = conflicts.map(({ id }) => id);
    // First, so that keys can move from one cluster to another.
    await manager.query(`UPDATE clusters SET target_key = NULL WHERE id = ANY ($1::uuid[])`, [[...ids, ...losers]]);
    await manager.query(
      `UPDATE clusters SET target_key = given.key FROM unnest($1::uuid[], $2::text[]) AS given (id, key) WHERE clusters.id = given.id`,
      [ids, changed.map(({ key }) => key)],
    );
    await manager.query(
      `UPDATE clusters SET status = 'error', status_reason = given.reason, conflicts_with = given.older, updated_at = clock_timestamp()
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (id, older, reason) WHERE clusters.id = given.id`,
      [losers, conflicts.map(({ older }) => older), conflicts.map(({ key }) => reasonOf(key))],
    );
  }
}

function reasonOf(key: string): string {
  return `Another cluster already scales these servers (${key}). Servers stay as they are. Change the provider of this cluster, or delete it.`;
}

/** @param key of the servers, from `keyOf` */
export function targetTaken(key: string): ConflictError {
  return new ConflictError(
    'target_taken',
    `another cluster already scales these servers (${key}); choose another provider, or another name there. To compare two policies, try one as the candidate of that cluster`,
  );
}
