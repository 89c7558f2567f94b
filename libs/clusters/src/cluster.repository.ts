import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '#config';
import { sqlStateOf, UNIQUE_VIOLATION } from '#database';
import { ConflictError, type Cursor } from '#http';
import type { ClusterProvider, ProvidedCluster } from '#providers';
import type { ClusterConfigDto } from './cluster.dto.js';
import { configFromWire, configToWire } from './cluster.dto.js';
import type { Policy } from '#engine';
import type { Candidate, Cluster, ClusterStatus, Undone } from './cluster.js';
import type { PolicyDto } from './policy/policy.dto.js';
import { policyFromWire, policyToWire, thresholdDefaults } from './policy/policy.mapping.js';
import { ClusterTargets, targetTaken } from './target/cluster-targets.js';

/** Most clusters share a few policies; each is parsed once. */
const KNOWN_POLICIES = 1_000;

export interface ClusterRow {
  readonly id: string;
  readonly owner_id: string;
  readonly name: string;
  readonly min_servers: number;
  readonly max_servers: number;
  /** JSON, not parsed yet. */
  readonly policy: string;
  readonly candidate: string | null;
  readonly candidate_since: number | null;
  readonly candidate_by: string | null;
  readonly provider: ClusterProvider;
  readonly config: ClusterConfigDto;
  readonly status: ClusterStatus;
  readonly status_reason: string | null;
  readonly conflicts_with: string | null;
  readonly hold_desired: number | null;
  readonly hold_until: number | null;
  readonly hold_by: string | null;
  readonly hold_immediate: boolean;
  readonly bounds_immediate: boolean;
  readonly last_change: string | null;
  readonly undone: Undone | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly deleted_at: number | null;
}

/** Times with their microseconds, so that two changes within a millisecond are two. */
const CLUSTER_COLUMNS = `id, owner_id, name, min_servers, max_servers, policy::text AS policy, candidate::text AS candidate, candidate_by,
  provider, config, status, status_reason, conflicts_with, hold_desired, hold_by, hold_immediate, bounds_immediate,
  undo->>'id' AS last_change, undone,
  (extract(epoch FROM candidate_since) * 1000)::float8 AS candidate_since,
  (extract(epoch FROM hold_until) * 1000)::float8 AS hold_until,
  (extract(epoch FROM created_at) * 1000)::float8 AS created_at,
  (extract(epoch FROM updated_at) * 1000)::float8 AS updated_at,
  (extract(epoch FROM deleted_at) * 1000)::float8 AS deleted_at`;

/** What `POST /clusters/:id/undo` restores: bounds and hold as they are before a statement that changes one of them. */
export const UNDO = `jsonb_build_object('id', gen_random_uuid(), 'min_servers', min_servers, 'max_servers', max_servers, 'hold_desired', hold_desired,
  'hold_until', hold_until, 'hold_by', hold_by)`;

const BOUNDS_CHANGE = `(min_servers <> $3 OR max_servers <> $4)`;

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

/** Changeable fields of a cluster. */
export type ClusterDefinition = Pick<Cluster, 'name' | 'bounds' | 'policy' | 'provider' | 'config' | 'status'>;

export interface ClusterFilter {
  /** `null`: all owners. */
  readonly ownerId: string | null;
  readonly search?: string | undefined;
  readonly status?: ClusterStatus | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

@Injectable()
export class ClusterRepository {
  private readonly policies = new LRUCache<string, Policy>({ max: KNOWN_POLICIES });

  constructor(
    private readonly dataSource: DataSource,
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
    return this.dataSource.query<ProvidedCluster[]>(
      `SELECT id, provider FROM clusters WHERE deleted_at IS NULL AND conflicts_with IS NULL`,
    );
  }

  /** A page, oldest first. */
  async list({ ownerId, search, status, after, limit }: ClusterFilter): Promise<Cluster[]> {
    const rows = await this.dataSource.query<ClusterRow[]>(
      `SELECT ${CLUSTER_COLUMNS} FROM clusters
        WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR owner_id = $1)
          AND ($2::text IS NULL OR strpos(lower(name), lower($2)) > 0) AND ($3::text IS NULL OR status = $3)
          AND ($4::timestamptz IS NULL OR (created_at, id) > ($4, $5::uuid))
        ORDER BY created_at, id LIMIT $6`,
      [ownerId, search ?? null, status ?? null, after?.at ?? null, after?.id ?? null, limit],
    );
    return rows.map((row) => this.toCluster(row));
  }

  /** `null` when there is none, or it was deleted. */
  async find(id: string, manager: EntityManager = this.dataSource.manager): Promise<Cluster | null> {
    const [row] = await manager.query<ClusterRow[]>(
      `SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE id = $1 AND deleted_at IS NULL`,
      [id],
    );
    return row === undefined ? null : this.toCluster(row);
  }

  /** Like `find`, and locks the row until the transaction ends. */
  async lock(id: string, manager: EntityManager): Promise<Cluster | null> {
    const [row] = await manager.query<ClusterRow[]>(
      `SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`,
      [id],
    );
    return row === undefined ? null : this.toCluster(row);
  }

  /** The owner of a cluster; `null` when there is none. Deleted clusters keep their owner, who can read their history. */
  async ownerOf(id: string): Promise<string | null> {
    const [row] = await this.dataSource.query<{ owner_id: string }[]>(`SELECT owner_id FROM clusters WHERE id = $1`, [
      id,
    ]);
    return row?.owner_id ?? null;
  }

  /** @throws ConflictError where the owner has a cluster of that name, or any cluster has the same servers */
  async insert(ownerId: string, definition: ClusterDefinition, manager: EntityManager): Promise<Cluster> {
    const id = randomUUID();
    const key = this.targets.keyOf({ id, provider: definition.provider });
    const [row] = await manager
      .query<[ClusterRow]>(
        `INSERT INTO clusters (id, name, min_servers, max_servers, policy, provider, config, status, target_key, owner_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${CLUSTER_COLUMNS}`,
        [id, ...columnsOf(definition), key, ownerId],
      )
      .catch((error: unknown) => refuseConflict(error, definition, key));
    return this.toCluster(row);
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
    const key = this.targets.keyOf({ id, provider: definition.provider });
    const [[row]] = await manager
      .query<[[ClusterRow], number]>(
        `UPDATE clusters SET name = $2, min_servers = $3, max_servers = $4, policy = $5, provider = $6, config = $7, status = $8,
                bounds_immediate = CASE WHEN $9 THEN true WHEN ${BOUNDS_CHANGE} THEN false ELSE bounds_immediate END,
                undo = CASE WHEN ${BOUNDS_CHANGE} THEN ${UNDO} ELSE undo END,
                undone = CASE WHEN ${BOUNDS_CHANGE} THEN NULL ELSE undone END,
                target_key = COALESCE($10, target_key), conflicts_with = NULL, status_reason = NULL, updated_at = clock_timestamp()
          WHERE id = $1 RETURNING ${CLUSTER_COLUMNS}`,
        [id, ...columnsOf(definition), immediate, key],
      )
      .catch((error: unknown) => refuseConflict(error, definition, key));
    return this.toCluster(row);
  }

  /** @param candidate `null` removes it */
  async setCandidate(
    id: string,
    candidate: Pick<Candidate, 'policy' | 'by'> | null,
    manager: EntityManager,
  ): Promise<Cluster> {
    const [[row]] = await manager.query<[[ClusterRow], number]>(
      `UPDATE clusters SET candidate = $2, candidate_by = $3, candidate_since = CASE WHEN $2::jsonb IS NULL THEN NULL ELSE clock_timestamp() END,
              updated_at = clock_timestamp()
        WHERE id = $1 RETURNING ${CLUSTER_COLUMNS}`,
      [id, candidate === null ? null : JSON.stringify(policyToWire(candidate.policy)), candidate?.by ?? null],
    );
    return this.toCluster(row);
  }

  /** Makes the candidate, which must exist, the policy. */
  async adoptCandidate(id: string, manager: EntityManager): Promise<Cluster> {
    const [[row]] = await manager.query<[[ClusterRow], number]>(
      `UPDATE clusters SET policy = candidate, candidate = NULL, candidate_by = NULL, candidate_since = NULL, updated_at = clock_timestamp()
        WHERE id = $1 RETURNING ${CLUSTER_COLUMNS}`,
      [id],
    );
    return this.toCluster(row);
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
    await manager.query(
      `UPDATE clusters SET deleted_at = clock_timestamp(), updated_at = clock_timestamp() WHERE id = $1`,
      [id],
    );
  }

  private async read(condition: string, parameters: unknown[]): Promise<ClusterReading> {
    const rows = await this.dataSource.query<[ReadRow, ...ReadRow[]]>(
      `SELECT clock.as_of, found.*
         FROM (SELECT (extract(epoch FROM statement_timestamp()) * 1000)::float8 AS as_of) AS clock
         LEFT JOIN (SELECT ${CLUSTER_COLUMNS} FROM clusters WHERE ${condition}) AS found ON true`,
      parameters,
    );
    return { clusters: rows.flatMap((row) => (row.id === null ? [] : [this.toCluster(row)])), asOf: rows[0].as_of };
  }

  toCluster(row: ClusterRow): Cluster {
    const { hold_desired: desired, hold_until: until, hold_by: by, hold_immediate: immediate } = row;
    return {
      id: row.id,
      ownerId: row.owner_id,
      name: row.name,
      bounds: { min: row.min_servers, max: row.max_servers },
      boundsImmediate: row.bounds_immediate,
      policy: this.toPolicy(row.policy),
      candidate: this.toCandidate(row),
      provider: row.provider,
      config: configFromWire(row.config),
      status: row.status,
      statusReason: row.status_reason,
      conflictsWith: row.conflicts_with,
      hold:
        desired === null || until === null
          ? null
          : { desired, until, by: by ?? 'unknown', ...(immediate ? { immediate } : {}) },
      lastChange: row.last_change,
      undone: row.undone,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      deletedAt: row.deleted_at,
    };
  }

  private toCandidate({ candidate, candidate_since: since, candidate_by: by }: ClusterRow): Candidate | null {
    if (candidate === null) return null;
    return { policy: this.toPolicy(candidate), since: since ?? 0, by: by ?? 'unknown' };
  }

  private toPolicy(text: string): Policy {
    const known = this.policies.get(text);
    if (known !== undefined) return known;
    const policy = policyFromWire(JSON.parse(text) as PolicyDto, thresholdDefaults(this.config));
    this.policies.set(text, policy);
    return policy;
  }
}

function columnsOf({ name, bounds, policy, provider, config, status }: ClusterDefinition): unknown[] {
  return [
    name,
    bounds.min,
    bounds.max,
    JSON.stringify(policyToWire(policy)),
    JSON.stringify(provider),
    JSON.stringify(configToWire(config)),
    status,
  ];
}

/** @throws ConflictError where a unique index of the table rejected the row; else the error itself */
function refuseConflict(error: unknown, { name }: ClusterDefinition, key: string | null): never {
  if (sqlStateOf(error) === UNIQUE_VIOLATION) {
    const { constraint } = error as { constraint?: unknown };
    if (constraint === 'clusters_owner_name')
      throw new ConflictError('name_taken', `a cluster called ${name} exists already; choose another name`);
    if (constraint === 'clusters_target') throw targetTaken(key ?? name);
  }
  throw error;
}
