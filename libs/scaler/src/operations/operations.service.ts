import { Injectable } from '@nestjs/common';
import { type Principal, reaches } from '#auth';
import { type Circuit, type EndpointState, ProviderSessions } from '#providers';
import { ClusterRegistry, type KnownCluster } from '../loop/cluster-registry.js';
import { LoopHealth, type LoopStatus } from '../loop/loop-health.js';
import { Partitions, type PartitionsStatus } from '#partitions';
import { BrakesService } from '../brakes/brakes.service.js';
import { AlertService } from './alert.service.js';
import type { ClusterOperationDto, EndpointDto, InstanceDto, LoopDto, OperationsDto } from './operations.dto.js';

const WORSE: readonly Circuit[] = ['closed', 'half_open', 'open'];

/** State of the service for its operators. All values are of this process, since its start. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly health: LoopHealth,
    private readonly registry: ClusterRegistry,
    private readonly providers: ProviderSessions,
    private readonly alerts: AlertService,
    private readonly partitions: Partitions,
    private readonly brakes: BrakesService,
  ) {}

  async get(principal: Principal): Promise<OperationsDto> {
    const visible = [...this.registry.all()].filter(({ cluster }) => reaches(principal, cluster.ownerId));
    const clusters = visible
      .map((known) => this.toOperation(known))
      .sort((a, b) => a.name.localeCompare(b.name) || a.cluster_id.localeCompare(b.cluster_id));
    return {
      instance: toInstanceDto(this.partitions.status()),
      freeze: await this.brakes.freeze(),
      held_removals: principal.role === 'admin' ? await this.brakes.heldRemovals() : [],
      loop: toLoopDto(this.health.status()),
      endpoints: this.endpointsOf(visible),
      alerts: this.alerts.of(visible),
      clusters,
      count: clusters.length,
    };
  }

  private toOperation({ cluster, schedule, memory }: KnownCluster): ClusterOperationDto {
    const { troubles, backoff, conditions } = memory;
    const metrics = this.providers.stateOf(cluster.provider, 'metrics');
    const circuits = [metrics.circuit, this.providers.stateOf(cluster.provider, 'target').circuit];
    return {
      cluster_id: cluster.id,
      name: cluster.name,
      status: cluster.status,
      interval_ms: schedule.intervalMs,
      last_tick_at: timeOf(troubles.tickedAt),
      next_tick_at: new Date(schedule.dueAt).toISOString(),
      collection_failures: troubles.collection.failures,
      collection_error: troubles.collection.error,
      provider_failures: troubles.provider.failures,
      provider_error: troubles.provider.error,
      endpoint: metrics.endpoint,
      circuit: circuits.reduce((worst, one) => (WORSE.indexOf(one) > WORSE.indexOf(worst) ? one : worst)),
      backing_off_until: timeOf(backoff?.until ?? null),
      conditions: [...conditions.keys()],
    };
  }

  private endpointsOf(known: readonly KnownCluster[]): EndpointDto[] {
    const endpoints = new Map<string, EndpointDto>();
    const count = (kind: EndpointDto['kind'], { endpoint, circuit }: EndpointState): void => {
      const key = `${kind} ${endpoint}`;
      endpoints.set(key, { endpoint, kind, circuit, clusters: (endpoints.get(key)?.clusters ?? 0) + 1 });
    };
    for (const { cluster } of known) {
      count('metric_source', this.providers.stateOf(cluster.provider, 'metrics'));
      count('scale_target', this.providers.stateOf(cluster.provider, 'target'));
    }
    return [...endpoints.values()].sort((a, b) => a.endpoint.localeCompare(b.endpoint) || a.kind.localeCompare(b.kind));
  }
}

function toInstanceDto(status: PartitionsStatus): InstanceDto {
  return {
    name: status.instance,
    mode: status.mode,
    shares: status.held,
    instances: status.instances,
    shares_without_holder: status.orphaned,
    take_overs: status.takeOvers,
    refused_writes: status.refused,
  };
}

function toLoopDto(status: LoopStatus): LoopDto {
  return {
    running: status.running,
    last_wake_at: timeOf(status.lastWakeAt),
    last_completed_at: timeOf(status.lastCompletedAt),
    lag_ms: Math.round(status.lagMs),
    skipped: status.skipped,
    failed_ticks: status.failedTicks,
    clusters: status.clusters,
    in_flight: status.inFlight,
    writable: status.writable,
    waiting_ticks: status.waitingTicks,
    dropped_ticks: status.droppedTicks,
  };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
