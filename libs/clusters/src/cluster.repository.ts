import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import {
  Any,
  type EntityManager,
  IsNull,
  type QueryDeepPartialEntity,
  type Repository,
  type SelectQueryBuilder,
} from 'typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import type { Policy } from '#engine';
import type { Cursor } from '#http';
import type { ProvidedCluster } from '#providers';
import { refuseConflict } from './cluster.conflicts.js';
import { configToWire } from './cluster.dto.js';
import { costToWire } from './cost/cost.dto.js';
import { ClusterEntity } from './cluster.entity.js';
import type { Candidate, Cluster, ClusterDefinition, ClusterStatus, TakeOver } from './cluster.js';
import { CLUSTER_COLUMNS, clusterOf, type ClusterRow } from './cluster.row.js';
import { UNDO } from './manual-change/manual-change.repository.js';
import type { PolicyDto } from './policy/policy.dto.js';
import { policyFromStored, policyToWire, thresholdDefaults } from './policy/policy.mapping.js';
import { ClusterTargets } from './target/cluster-targets.js';

/** Most clusters share a few policies; each is parsed once. */
const KNOWN_POLICIES = 1_000;

/** The time of the statement, not of the transaction: two changes in one transaction differ. */
const NOW = (): string => 'clock_timestamp()';

/** The value of `created_at`. */
const CREATION = (): string => 'now()';

/** The status of a cluster as its owner sees it. */
export interface StatusMark {
  readonly clusterId: string;
  readonly status: 'active' | 'error';
  readonly reason: string | null;
}

// A pause by a user outranks what the loop finds.
const MARK = `UPDATE clusters SET status = row.status, status_reason = row.reason, updated_at = now()
  FROM unnest($1::uuid[], $2::text[], $3::text[]) AS row (id, status, reason)
  WHERE clusters.id = row.id AND clusters.deleted_at IS NULL
    AND clusters.status <> 'paused' AND clusters.status <> row.status`;

/** Clusters, and the time of the query by the database's clock (milliseconds since the epoch). */
export interface ClusterReading {
  readonly clusters: readonly Cluster[];
  readonly asOf: number;
}

/** One row without a cluster when there are none. */
type ReadRow = { readonly as_of: number } & (ClusterRow | { readonly id: null });

export interface ClusterFilter {
  /** `null`: all owners. */
  readonly ownerId: string | null;
  readonly search?: string | undefined;
  readonly status?: ClusterStatus | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

/** Clusters in the database. A `manager` is that of the transaction that a statement belongs to. */
@Injectable()
export class ClusterRepository {
  private readonly policies = new LRUCache<string, Policy>({ max: KNOWN_POLICIES });

  constructor(
    @InjectRepository(ClusterEntity) private readonly clusters: Repository<ClusterEntity>,
    @Inject(ClusterTargets) private readonly targets: Pick<ClusterTargets, 'keyOf' | 'settle'>,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'analyzer' | 'decision'>,
  ) {}

  // SQL for statements of other repositories. Parameters are SQL, too.

  /** The ids of all clusters, deleted ones too. */
  static readonly ALL = '(SELECT id FROM clusters)';
  static readonly DELETED = '(SELECT id FROM clusters WHERE deleted_at IS NOT NULL)';
  /** Ids, with those of the owners, of clusters that are not deleted. */
  static readonly PRESENT = '(SELECT id, owner_id FROM clusters WHERE deleted_at IS NULL)';
  /** The ids of clusters whose servers may be changed. */
  static readonly ACTABLE = `(SELECT id FROM clusters WHERE deleted_at IS NULL AND status <> 'paused')`;

  /** The ids of an owner's clusters, deleted ones too. */
  static ownedBy(ownerId: string): string {
    return `(SELECT id FROM clusters WHERE owner_id = ${ownerId})`;
  }

  /** The row, for `toCluster`, of a cluster that is not deleted. */
  static rowOf(id: string): string {
    return `(SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE deleted_at IS NULL AND id = ${id})`;
  }

  /** The rows of an owner's clusters that are not deleted; of all where the owner is `NULL`. */
  static rowsOf(ownerId: string): string {
    return `(SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE deleted_at IS NULL AND (${ownerId} IS NULL OR owner_id = ${ownerId}))`;
  }

  toCluster(row: ClusterRow): Cluster {
    return clusterOf(row, (json) => this.toPolicy(json));
  }

  /** All that are not deleted, for the loop; first resolves clusters with the same servers. */
  async listActive(): Promise<ClusterReading> {
    await this.targets.settle();
    return this.read('deleted_at IS NULL', []);
  }

  /** Those that changed at or after a time (milliseconds since the epoch), deleted ones too. */
  async changedSince(updatedAt: number): Promise<ClusterReading> {
    return this.read('updated_at >= to_timestamp($1::float8 / 1000)', [updatedAt]);
  }

  /** The providers of all clusters that are ticked. */
  async listProvided(): Promise<ProvidedCluster[]> {
    const where = { deletedAt: IsNull(), conflictsWith: IsNull() };
    return this.clusters.find({ select: { id: true, provider: true }, where });
  }

  /**
   * The ids of clusters that are not deleted.
   *
   * @param ownerId `null`: of all owners
   * @param among only of these; `null`: of all
   */
  async idsOf(ownerId: string | null, among: readonly string[] | null): Promise<string[]> {
    const found = await this.clusters.find({
      select: { id: true },
      where: {
        deletedAt: IsNull(),
        ...(ownerId === null ? {} : { ownerId }),
        ...(among === null ? {} : { id: Any(among) }),
      },
    });
    return found.map(({ id }) => id);
  }

  /** A page, oldest first. */
  async list({ ownerId, search, status, after, limit }: ClusterFilter): Promise<Cluster[]> {
    const query = this.present();
    if (ownerId !== null) query.andWhere('owner_id = :ownerId', { ownerId });
    if (search !== undefined) query.andWhere('strpos(lower(name), lower(:search)) > 0', { search });
    if (status !== undefined) query.andWhere('status = :status', { status });
    if (after !== undefined) {
      const { at, id } = after;
      query.andWhere('(cluster.createdAt, cluster.id) > (CAST(:at AS timestamptz), CAST(:id AS uuid))', { at, id });
    }
    query.orderBy('cluster.createdAt').addOrderBy('cluster.id').limit(limit);
    return (await query.getRawMany<ClusterRow>()).map((row) => this.toCluster(row));
  }

  /** `null` when there is none, or it was deleted. */
  async find(id: string): Promise<Cluster | null> {
    // The most used route asks for it: the query builder would cost more than the query.
    const [row] = await this.clusters.query<ClusterRow[]>(`SELECT * FROM ${ClusterRepository.rowOf('$1')} AS cluster`, [
      id,
    ]);
    return row === undefined ? null : this.toCluster(row);
  }

  /** Like `find`, and locks the row until the transaction ends. */
  async lock(id: string, manager: EntityManager): Promise<Cluster | null> {
    const query = this.present(manager).andWhere('id = :id', { id }).setLock('pessimistic_write');
    const row = await query.getRawOne<ClusterRow>();
    return row === undefined ? null : this.toCluster(row);
  }

  /** The owner of a cluster; `null` when there is none. Deleted clusters keep their owner, who can read their history. */
  async ownerOf(id: string): Promise<string | null> {
    const found = await this.clusters.findOne({ select: { ownerId: true }, where: { id } });
    return found?.ownerId ?? null;
  }

  /** Those that name a stored connection, by name. */
  async using(connection: string, manager: EntityManager): Promise<{ id: string; name: string; ownerId: string }[]> {
    return manager.query(
      `SELECT id, name, owner_id AS "ownerId" FROM clusters
        WHERE deleted_at IS NULL
          AND $1 IN (provider->>'connection', provider->'metrics'->>'connection', provider->'target'->>'connection')
        ORDER BY name, id`,
      [connection],
    );
  }

  /** The names of an owner's clusters, in lower case: no two differ only in that. */
  async namesOf(ownerId: string): Promise<Set<string>> {
    const found = await this.clusters.find({ select: { name: true }, where: { deletedAt: IsNull(), ownerId } });
    return new Set(found.map(({ name }) => name.toLowerCase()));
  }

  /** The clusters that scale these servers, by their keys. */
  async scaling(keys: readonly string[]): Promise<ReadonlyMap<string, Pick<ClusterEntity, 'id' | 'name' | 'ownerId'>>> {
    const found = await this.clusters.find({
      select: { id: true, name: true, ownerId: true, targetKey: true },
      where: { deletedAt: IsNull(), targetKey: Any(keys) },
    });
    return new Map(found.map(({ targetKey, ...cluster }) => [targetKey!, cluster]));
  }

  /**
   * @param hasPast history before its creation will be simulated
   * @throws ConflictError where the owner has a cluster of that name, or any cluster has the same servers
   */
  async insert(
    ownerId: string,
    definition: ClusterDefinition,
    manager: EntityManager,
    hasPast = false,
  ): Promise<Cluster> {
    const id = randomUUID();
    const targetKey = this.targets.keyOf({ id, provider: definition.provider });
    const { raw } = await manager
      .withRepository(this.clusters)
      .createQueryBuilder()
      .insert()
      .values({ id, ownerId, ...columnsOf(definition), targetKey, simulatedUntil: hasPast ? CREATION : null })
      .returning(CLUSTER_COLUMNS)
      .updateEntity(false)
      .execute()
      .catch((error: unknown) => refuseConflict(error, definition.name, targetKey));
    return this.toCluster((raw as [ClusterRow])[0]);
  }

  /**
   * @param immediate new bounds remove any number of servers at once
   * @throws ConflictError like `insert`
   */
  async update(
    id: string,
    definition: ClusterDefinition,
    immediate: boolean,
    manager: EntityManager,
  ): Promise<Cluster> {
    const { provider, bounds } = definition;
    const key = this.targets.keyOf({ id, provider });
    const ifBoundsChange = (changed: string, column: string) => (): string =>
      `CASE WHEN min_servers <> :min OR max_servers <> :max THEN ${changed} ELSE ${column} END`;
    const change: Change = {
      ...columnsOf(definition),
      boundsImmediate: immediate ? true : ifBoundsChange('false', 'bounds_immediate'),
      undo: ifBoundsChange(UNDO, 'undo'),
      undone: ifBoundsChange('NULL', 'undone'),
      ...(key === null ? {} : { targetKey: key }),
      conflictsWith: null,
      statusReason: null,
    };
    return this.change(id, change, manager, bounds).catch((error: unknown) =>
      refuseConflict(error, definition.name, key),
    );
  }

  /** @param candidate `null` removes it */
  async setCandidate(
    id: string,
    candidate: Pick<Candidate, 'policy' | 'by'> | null,
    manager: EntityManager,
  ): Promise<Cluster> {
    if (candidate === null) return this.change(id, NO_CANDIDATE, manager);
    const { policy, by } = candidate;
    return this.change(id, { candidate: policyToWire(policy), candidateBy: by, candidateSince: NOW }, manager);
  }

  /** Makes the candidate, which must exist, the policy. */
  async adoptCandidate(id: string, manager: EntityManager): Promise<Cluster> {
    return this.change(id, { policy: () => 'candidate', ...NO_CANDIDATE }, manager);
  }

  /**
   * @param policy also becomes the policy of the cluster
   * @param takenOver `null`: nothing is switched off any more
   */
  async setTakenOver(id: string, policy: Policy, takenOver: TakeOver | null, manager: EntityManager): Promise<Cluster> {
    return this.change(id, { policy: policyToWire(policy), takenOver }, manager);
  }

  /** One statement for all; call it only with clusters whose status changes. */
  async mark(marks: readonly StatusMark[], manager: EntityManager): Promise<void> {
    await manager.query(MARK, [
      marks.map(({ clusterId }) => clusterId),
      marks.map(({ status }) => status),
      marks.map(({ reason }) => reason),
    ]);
  }

  async markDeleted(id: string, manager: EntityManager): Promise<void> {
    await manager.withRepository(this.clusters).update({ id }, { deletedAt: NOW, updatedAt: NOW });
  }

  /** Rows of clusters that are not deleted. */
  private present(manager = this.clusters.manager): SelectQueryBuilder<ClusterEntity> {
    const query = manager.withRepository(this.clusters).createQueryBuilder('cluster');
    return query.select(CLUSTER_COLUMNS).where('deleted_at IS NULL');
  }

  private async change(id: string, change: Change, manager: EntityManager, parameters: object = {}): Promise<Cluster> {
    const { raw } = await manager
      .withRepository(this.clusters)
      .createQueryBuilder()
      .update()
      .set({ ...change, updatedAt: NOW })
      .where('id = :id', { id, ...parameters })
      .returning(CLUSTER_COLUMNS)
      .execute();
    return this.toCluster((raw as [ClusterRow])[0]);
  }

  private async read(condition: string, parameters: unknown[]): Promise<ClusterReading> {
    const rows = await this.clusters.query<[ReadRow, ...ReadRow[]]>(
      `SELECT clock.as_of, found.*
         FROM (SELECT (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS as_of) AS clock
         LEFT JOIN (SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE ${condition}) AS found ON true`,
      parameters,
    );
    return { clusters: rows.flatMap((row) => (row.id === null ? [] : [this.toCluster(row)])), asOf: rows[0].as_of };
  }

  private toPolicy(json: string): Policy {
    const known = this.policies.get(json);
    if (known !== undefined) return known;
    const policy = policyFromStored(JSON.parse(json) as PolicyDto, thresholdDefaults(this.config));
    this.policies.set(json, policy);
    return policy;
  }
}

type Change = QueryDeepPartialEntity<ClusterEntity>;

const NO_CANDIDATE: Change = { candidate: null, candidateBy: null, candidateSince: null };

function columnsOf({ name, bounds, policy, provider, config, cost, status }: ClusterDefinition): Change {
  return {
    name,
    minServers: bounds.min,
    maxServers: bounds.max,
    policy: policyToWire(policy),
    // TypeORM's type asks for a part of each variant of a union.
    provider: provider as QueryDeepPartialEntity<ClusterEntity['provider']>,
    config: configToWire(config),
    cost: costToWire(cost),
    status,
  };
}
