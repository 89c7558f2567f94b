import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';

/** A removal of many servers that a cluster's policy wants. Times in milliseconds since the epoch. */
export interface RemovalProposal {
  readonly clusterId: string;
  readonly endpoint: string;
  /** Since when it is wanted without interruption. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** It is carried out, or wanted no longer: it still counts for a minute, and a further one begins again. */
  readonly isEnded: boolean;
  readonly isHeld: boolean;
  /** A person lets it pass. */
  readonly isReleased: boolean;
}

export interface HeldRemovals {
  readonly endpoint: string;
  readonly clusters: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

interface ProposalRow {
  readonly cluster_id: string;
  readonly endpoint: string;
  readonly first_at: number;
  readonly last_at: number;
  readonly is_ended: boolean;
  readonly is_held: boolean;
  readonly is_released: boolean;
}

const SELECT = `SELECT cluster_id, endpoint, (extract(epoch FROM first_at) * 1000)::float8 AS first_at,
    (extract(epoch FROM last_at) * 1000)::float8 AS last_at, ended AS is_ended, held AS is_held,
    released_by IS NOT NULL AS is_released
  FROM removal_proposals`;

const UPSERT = `INSERT INTO removal_proposals AS old (cluster_id, endpoint, first_at, last_at, ended, held)
  SELECT row.cluster_id, row.endpoint, to_timestamp(row.first_at / 1000.0), to_timestamp(row.last_at / 1000.0), row.ended, row.held
    FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[])
      AS row (cluster_id, endpoint, first_at, last_at, ended, held)
    JOIN clusters ON clusters.id = row.cluster_id
  ON CONFLICT (cluster_id) DO UPDATE SET
    endpoint = excluded.endpoint, first_at = excluded.first_at, last_at = excluded.last_at, ended = excluded.ended,
    held = excluded.held, released_by = CASE WHEN excluded.first_at = old.first_at THEN old.released_by END`;

/**
 * Removals of many servers that policies want, of all instances: a source that is broken shows in many clusters at once,
 * whichever instance ticks them. A row begins with the first tick that wants the removal, and outlives the last one: what was just carried out
 * counts with what is wanted now.
 */
@Injectable()
export class RemovalProposalRepository {
  constructor(private readonly dataSource: DataSource) {}

  async ofClusters(clusterIds: readonly string[]): Promise<RemovalProposal[]> {
    return (
      await this.dataSource.query<ProposalRow[]>(`${SELECT} WHERE cluster_id = ANY ($1::uuid[])`, [clusterIds])
    ).map(proposalOf);
  }

  /** All that were wanted at or after a time. */
  async recent(since: number): Promise<RemovalProposal[]> {
    const rows = await this.dataSource.query<ProposalRow[]>(
      `${SELECT} WHERE last_at >= to_timestamp($1::float8 / 1000)`,
      [since],
    );
    return rows.map(proposalOf);
  }

  /** One statement for all. A release ends where the removal begins again. */
  async write(proposals: readonly Omit<RemovalProposal, 'isReleased'>[]): Promise<void> {
    if (proposals.length === 0) return;
    await this.dataSource.query(UPSERT, [
      proposals.map(({ clusterId }) => clusterId),
      proposals.map(({ endpoint }) => endpoint),
      proposals.map(({ firstAt }) => Math.round(firstAt)),
      proposals.map(({ lastAt }) => Math.round(lastAt)),
      proposals.map(({ isEnded }) => isEnded),
      proposals.map(({ isHeld }) => isHeld),
    ]);
  }

  /** Takes note of removals that are wanted no longer, and forgets all that were last wanted before a time. */
  async end(clusterIds: readonly string[], before: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE removal_proposals SET ended = true, held = false, released_by = NULL WHERE cluster_id = ANY ($1::uuid[])`,
      [clusterIds],
    );
    await this.dataSource.query(`DELETE FROM removal_proposals WHERE last_at < to_timestamp($1::float8 / 1000)`, [
      before,
    ]);
  }

  /** What is held, by endpoint, among what was wanted at or after a time. */
  async held(since: number): Promise<HeldRemovals[]> {
    return this.dataSource.query<HeldRemovals[]>(
      `SELECT endpoint, count(*)::int AS clusters, (extract(epoch FROM min(first_at)) * 1000)::float8 AS since
         FROM removal_proposals WHERE held AND released_by IS NULL AND last_at >= to_timestamp($1::float8 / 1000)
        GROUP BY endpoint ORDER BY endpoint`,
      [since],
    );
  }

  /**
   * Lets held removals pass.
   *
   * @param endpoint `null`: those behind all
   * @returns of how many clusters
   */
  async release(by: string, endpoint: string | null, manager: EntityManager): Promise<number> {
    const [rows]: [unknown[], number] = await manager.query(
      `UPDATE removal_proposals SET released_by = $1
        WHERE held AND released_by IS NULL AND ($2::text IS NULL OR endpoint = $2) RETURNING cluster_id`,
      [by, endpoint],
    );
    return rows.length;
  }
}

function proposalOf(row: ProposalRow): RemovalProposal {
  return {
    clusterId: row.cluster_id,
    endpoint: row.endpoint,
    firstAt: row.first_at,
    lastAt: row.last_at,
    isEnded: row.is_ended,
    isHeld: row.is_held,
    isReleased: row.is_released,
  };
}
