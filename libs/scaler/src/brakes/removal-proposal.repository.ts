import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, type EntityManager, IsNull, LessThan, MoreThanOrEqual, type Repository } from 'typeorm';
import { ClusterRepository } from '#clusters';
import { RemovalProposalEntity } from './removal-proposal.entity.js';

/** A big removal that a cluster's policy proposes. Times in milliseconds since the epoch. */
export interface RemovalProposal {
  readonly clusterId: string;
  readonly endpoint: string;
  /** Proposed without interruption since then. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Carried out or no longer proposed. It still counts for a minute; a further removal starts a new proposal. */
  readonly isEnded: boolean;
  readonly isHeld: boolean;
  /** A user released it. */
  readonly isReleased: boolean;
}

export interface HeldRemovals {
  readonly endpoint: string;
  readonly clusters: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const UPSERT = `INSERT INTO removal_proposals AS old (cluster_id, endpoint, first_at, last_at, ended, held)
  SELECT row.cluster_id, row.endpoint, to_timestamp(row.first_at / 1000.0), to_timestamp(row.last_at / 1000.0), row.ended, row.held
    FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::boolean[])
      AS row (cluster_id, endpoint, first_at, last_at, ended, held)
    JOIN ${ClusterRepository.ALL} AS cluster ON cluster.id = row.cluster_id
  ON CONFLICT (cluster_id) DO UPDATE SET
    endpoint = excluded.endpoint, first_at = excluded.first_at, last_at = excluded.last_at, ended = excluded.ended,
    held = excluded.held, released_by = CASE WHEN excluded.first_at = old.first_at THEN old.released_by END`;

/**
 * Proposed big removals of all instances: a broken source shows in many clusters, whichever instance ticks them. A row
 * starts with the first tick that proposes the removal and outlives the last one, because removals just carried out
 * count as well.
 */
@Injectable()
export class RemovalProposalRepository {
  constructor(@InjectRepository(RemovalProposalEntity) private readonly proposals: Repository<RemovalProposalEntity>) {}

  async ofClusters(clusterIds: readonly string[]): Promise<RemovalProposal[]> {
    return (await this.proposals.findBy({ clusterId: Any(clusterIds) })).map(proposalOf);
  }

  /** All proposals seen at or after a time. */
  async recent(since: number): Promise<RemovalProposal[]> {
    return (await this.proposals.findBy({ lastAt: MoreThanOrEqual(new Date(since)) })).map(proposalOf);
  }

  /** Writes all rows in one statement. A release ends when a new proposal starts. */
  async write(proposals: readonly Omit<RemovalProposal, 'isReleased'>[]): Promise<void> {
    if (proposals.length === 0) return;
    await this.proposals.query(UPSERT, [
      proposals.map(({ clusterId }) => clusterId),
      proposals.map(({ endpoint }) => endpoint),
      proposals.map(({ firstAt }) => Math.round(firstAt)),
      proposals.map(({ lastAt }) => Math.round(lastAt)),
      proposals.map(({ isEnded }) => isEnded),
      proposals.map(({ isHeld }) => isHeld),
    ]);
  }

  /** Marks proposals as ended, and deletes those last seen before a time. */
  async end(clusterIds: readonly string[], before: number): Promise<void> {
    await this.proposals.update({ clusterId: Any(clusterIds) }, { ended: true, held: false, releasedBy: null });
    await this.proposals.delete({ lastAt: LessThan(new Date(before)) });
  }

  /** Held removals by endpoint, of proposals seen at or after a time. */
  async held(since: number): Promise<HeldRemovals[]> {
    return this.proposals.query<HeldRemovals[]>(
      `SELECT endpoint, count(*)::int AS clusters, (extract(epoch FROM min(first_at)) * 1000)::float8 AS since
         FROM removal_proposals WHERE held AND released_by IS NULL AND last_at >= to_timestamp($1::float8 / 1000)
        GROUP BY endpoint ORDER BY endpoint`,
      [since],
    );
  }

  /**
   * Releases held removals.
   *
   * @param endpoint `null`: all endpoints
   * @returns the number of clusters released
   */
  async release(by: string, endpoint: string | null, manager: EntityManager): Promise<number> {
    const isHeld = { held: true, releasedBy: IsNull(), ...(endpoint === null ? {} : { endpoint }) };
    const { affected } = await manager.withRepository(this.proposals).update(isHeld, { releasedBy: by });
    return affected ?? 0;
  }
}

function proposalOf({ clusterId, endpoint, firstAt, lastAt, ...row }: RemovalProposalEntity): RemovalProposal {
  return {
    clusterId,
    endpoint,
    firstAt: firstAt.getTime(),
    lastAt: lastAt.getTime(),
    isEnded: row.ended,
    isHeld: row.held,
    isReleased: row.releasedBy !== null,
  };
}
