import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { actorOf, AuditService, type Caller, reaches } from '#auth';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import type { Policy } from '#engine';
import { type AppError, ConflictError, UnavailableError } from '#http';
import { ConnectionDirectory, type HandOver, isUnanswered, ProviderError, ProviderSessions } from '#providers';
import { clusterNotFound } from '../cluster.access.js';
import type { Cluster, TakeOver } from '../cluster.js';
import { ClusterRepository } from '../cluster.repository.js';
import { ClustersService } from '../clusters.service.js';
import { LONGEST_INTERVAL_MS } from './held.js';
import { type HandOverDto, handOverToDto } from './take-over.dto.js';

type Way = 'takeOver' | 'handBack';

const NAMES = {
  takeOver: { action: 'cluster.take_over', failure: 'take_over_failed' },
  handBack: { action: 'cluster.hand_back', failure: 'hand_back_failed' },
} as const satisfies Record<Way, object>;

/** Take-overs from other autoscalers, and the way back. What is carried out is audited, failures too. */
@Injectable()
export class TakeOverService {
  constructor(
    private readonly clusters: ClustersService,
    private readonly repository: ClusterRepository,
    private readonly sessions: ProviderSessions,
    private readonly directory: ConnectionDirectory,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'collector'>,
  ) {}

  /** @throws ConflictError `nothing_to_take_over`, `interval_too_long`, `take_over_failed`, `target_taken`, `changed_meanwhile` */
  async takeOver(caller: Caller, id: string, apply: boolean): Promise<HandOverDto> {
    const cluster = await this.clusters.get(caller, id);
    if (cluster.conflictsWith !== null)
      throw new ConflictError('target_taken', cluster.statusReason ?? 'another cluster already scales these servers');
    if ((cluster.config.intervalMs ?? this.config.collector.interval) > LONGEST_INTERVAL_MS)
      throw new ConflictError('interval_too_long', 'set config.interval to 1m at most: each tick renews the Lease');
    const handOver = await this.ask('takeOver', caller, cluster, apply);
    const { objects } = handOver;
    if (objects.length === 0)
      throw new ConflictError(
        'nothing_to_take_over',
        'no other autoscaler is known for these servers; set the mode of the policy to act',
      );
    if (!apply) return handOverToDto(cluster, false, handOver);
    const known = cluster.takenOver ?? null;
    const takenOver: TakeOver = {
      since: known?.since ?? this.clock.now(),
      by: known?.by ?? caller.username,
      objects,
    };
    try {
      return handOverToDto(await this.store('takeOver', caller, cluster, 'act', takenOver), true, handOver);
    } catch (error) {
      // The service does not know that it scales these servers: their autoscaler must. Where this fails, the Lease runs out.
      await this.sessions.handOver('handBack', { ...cluster, takenOver }, true, noLimit()).catch(() => undefined);
      throw error;
    }
  }

  /** @throws ConflictError `hand_back_failed` */
  async handBack(caller: Caller, id: string, apply: boolean): Promise<HandOverDto> {
    const cluster = await this.clusters.get(caller, id);
    const takenOver = cluster.takenOver ?? null;
    if (!apply) return handOverToDto(cluster, false, await this.ask('handBack', caller, cluster, false));
    // Before anything else: two must not scale the servers, however little of the rest succeeds.
    const stopped =
      takenOver === null ? cluster : await this.store('handBack', caller, cluster, 'recommend', takenOver);
    const handOver = await this.ask('handBack', caller, stopped, true);
    if (takenOver === null) return handOverToDto(cluster, true, handOver);
    return handOverToDto(await this.store('handBack', caller, stopped, 'recommend', null), true, handOver);
  }

  private async ask(way: Way, caller: Caller, cluster: Cluster, apply: boolean): Promise<HandOver> {
    await this.directory.refresh();
    try {
      return await this.sessions.handOver(way, cluster, apply, noLimit());
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (apply) {
        const after = { error: error.message };
        await this.audit.record({ ...entryOf(way, caller, cluster.id), outcome: 'failure', after });
      }
      throw failureOf(error, NAMES[way].failure);
    }
  }

  private async store(
    way: Way,
    caller: Caller,
    before: Cluster,
    mode: Policy['mode'],
    takenOver: TakeOver | null,
  ): Promise<Cluster> {
    return this.dataSource.transaction(async (manager) => {
      const found = await this.lock(caller, before, manager);
      const after = await this.repository.setTakenOver(before.id, { ...found.policy, mode }, takenOver, manager);
      const entry = { ...entryOf(way, caller, before.id), outcome: 'success' as const };
      await this.audit.record({ ...entry, before: summaryOf(found), after: summaryOf(after) }, manager);
      return after;
    });
  }

  private async lock(caller: Caller, before: Cluster, manager: EntityManager): Promise<Cluster> {
    const found = await this.repository.lock(before.id, manager);
    if (found === null || !reaches(caller, found.ownerId)) throw clusterNotFound();
    if (!isDeepStrictEqual(found.provider, before.provider))
      throw new ConflictError('changed_meanwhile', 'the provider of the cluster was changed meanwhile; try again');
    return found;
  }
}

function entryOf(way: Way, caller: Caller, targetId: string) {
  return { ...actorOf(caller), action: NAMES[way].action, targetType: 'cluster', targetId };
}

function summaryOf({ policy, takenOver }: Cluster): object {
  return { mode: policy.mode, taken_over: takenOver?.objects ?? [] };
}

function failureOf(error: ProviderError, code: string): AppError {
  return isUnanswered(error)
    ? new UnavailableError('provider_unreachable', error.message)
    : new ConflictError(code, error.message);
}

/** The connection has limits of its own. */
function noLimit(): AbortSignal {
  return new AbortController().signal;
}
