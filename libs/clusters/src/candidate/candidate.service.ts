import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { actorOf, type AuditAction, AuditService, type Caller, type Principal, reaches } from '#auth';
import { APP_CONFIG, type AppConfig } from '#config';
import { NotFoundError } from '#http';
import { clusterNotFound } from '../cluster.access.js';
import type { Candidate, Cluster } from '../cluster.js';
import { ClusterRepository } from '../cluster.repository.js';
import { policyFromWire, policyToWire, thresholdDefaults } from '../policy/policy.mapping.js';
import { assertWindowsFit } from '../policy/windows.js';
import { assertHeld } from '../take-over/held.js';
import type { SetCandidateDto } from './candidate.dto.js';

/** Candidate policies. The loop reads them with the definition of their cluster. */
@Injectable()
export class CandidateService {
  constructor(
    private readonly clusters: ClusterRepository,
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'analyzer' | 'decision'>,
  ) {}

  /** @throws NotFoundError also for a cluster of another user, and where there is no candidate */
  async get(principal: Principal, clusterId: string): Promise<Candidate> {
    return candidateOf(visible(principal, await this.clusters.find(clusterId)));
  }

  /** Starts a trial, replacing a previous one. */
  async set(caller: Caller, clusterId: string, { policy: dto }: SetCandidateDto): Promise<Candidate> {
    const policy = policyFromWire(dto, thresholdDefaults(this.config));
    return this.change(caller, clusterId, 'candidate.set', async (before, manager) => {
      assertWindowsFit({ policy, bounds: before.bounds });
      const after = await this.clusters.setCandidate(clusterId, { policy, by: caller.username }, manager);
      return { result: candidateOf(after), before: before.candidate, after: after.candidate };
    });
  }

  /** Makes the candidate the acting policy. @throws ConflictError `taken_over` where it would only recommend */
  async adopt(caller: Caller, clusterId: string): Promise<Cluster> {
    return this.change(caller, clusterId, 'candidate.adopt', async (before, manager) => {
      const { policy } = candidateOf(before);
      assertHeld(before, { ...before, policy });
      const result = await this.clusters.adoptCandidate(clusterId, manager);
      return { result, before: { policy: before.policy }, after: { policy } };
    });
  }

  async remove(caller: Caller, clusterId: string): Promise<void> {
    await this.change(caller, clusterId, 'candidate.remove', async (before, manager) => {
      const candidate = candidateOf(before);
      await this.clusters.setCandidate(clusterId, null, manager);
      return { result: undefined, before: candidate, after: null };
    });
  }

  private async change<T>(
    caller: Caller,
    clusterId: string,
    action: AuditAction,
    work: (before: Cluster, manager: EntityManager) => Promise<Changed<T>>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      const cluster = visible(caller, await this.clusters.lock(clusterId, manager));
      const { result, before, after } = await work(cluster, manager);
      await this.audit.record(
        {
          ...actorOf(caller),
          action,
          outcome: 'success',
          targetType: 'cluster',
          targetId: clusterId,
          ...(before === null ? {} : { before: { policy: policyToWire(before.policy) } }),
          ...(after === null ? {} : { after: { policy: policyToWire(after.policy) } }),
        },
        manager,
      );
      return result;
    });
  }
}

interface Changed<T> {
  readonly result: T;
  readonly before: Pick<Candidate, 'policy'> | null;
  readonly after: Pick<Candidate, 'policy'> | null;
}

function visible(principal: Principal, cluster: Cluster | null): Cluster {
  if (cluster === null || !reaches(principal, cluster.ownerId)) throw clusterNotFound();
  return cluster;
}

function candidateOf({ candidate }: Cluster): Candidate {
  if (candidate === null) throw new NotFoundError('candidate_not_found', 'the cluster has no candidate policy');
  return candidate;
}
