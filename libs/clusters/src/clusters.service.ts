import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { actorOf, type AuditAction, AuditService, type Caller, onlyOwner, type Principal, reaches } from '#auth';
import { APP_CONFIG, type AppConfig } from '#config';
import { ConflictError, cutPage, decodeCursor, type ErrorDetail, validationFailed } from '#http';
import { withoutClientConfig } from './client-config.js';
import { faultOfMaximum } from './configured-limits.js';
import { clusterNotFound } from './cluster.access.js';
import {
  type ClusterListQuery,
  clusterToDto,
  configFromWire,
  type CreateClusterDto,
  type UpdateClusterDto,
} from './cluster.dto.js';
import type { Cluster, ClusterDefinition } from './cluster.js';
import { costFromWire } from './cost/cost.dto.js';
import { ClusterRepository } from './cluster.repository.js';
import { windowFaults } from './policy/windows.js';
import { ProviderRules } from './provider.rules.js';
import { policyFromWire, thresholdDefaults } from './policy/policy.mapping.js';
import { assertHeld, handBackFirst, isTakenOver } from './take-over/held.js';

/** Cluster definitions; every change is audited in its transaction. */
@Injectable()
export class ClustersService {
  constructor(
    private readonly clusters: ClusterRepository,
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
    private readonly providers: ProviderRules,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async list(
    principal: Principal,
    query: ClusterListQuery,
  ): Promise<{ rows: readonly Cluster[]; nextCursor?: string }> {
    const rows = await this.clusters.list({
      ownerId: onlyOwner(principal),
      search: query.search,
      status: query.status,
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor, 'uuid'),
      limit: query.limit + 1,
    });
    return cutPage(rows, query.limit, ({ createdAt, id }) => ({ at: microseconds(createdAt), id }));
  }

  /** @throws NotFoundError also for a cluster of another user */
  async get(principal: Principal, id: string): Promise<Cluster> {
    const cluster = await this.clusters.find(id);
    if (cluster === null || !reaches(principal, cluster.ownerId)) throw clusterNotFound();
    return cluster;
  }

  /** The cluster that `create` would register, without defaults left open. @throws BadRequestError with all wrong fields */
  async define(owner: Principal, given: CreateClusterDto): Promise<ClusterDefinition> {
    // Without a provider the cluster gets simulated servers.
    const simulated = { servers: Math.max(1, given.min_servers) };
    const present = { type: 'simulator', simulated };
    const dto = withoutClientConfig(given, this.providers.allowedUrls(), present);
    await this.providers.refresh();
    const faults: ErrorDetail[] = [];
    const definition: ClusterDefinition = {
      name: dto.name,
      bounds: { min: dto.min_servers, max: dto.max_servers },
      policy: policyFromWire(dto.policy ?? { slo: {} }, thresholdDefaults(this.config)),
      provider: this.providers.read(dto.provider ?? present, owner.id, faults),
      config: configFromWire(dto.config ?? {}),
      cost: costFromWire(dto.cost ?? {}),
      status: dto.status ?? 'active',
    };
    this.assertValid(definition, [...faults, ...windowFaults(definition)]);
    return definition;
  }

  /**
   * @param hasPast history before its creation will be simulated
   * @throws ConflictError where the owner has a cluster of that name, or any cluster has the same servers
   */
  async create(caller: Caller, given: CreateClusterDto, hasPast = false): Promise<Cluster> {
    const definition = await this.define(caller, given);
    return this.dataSource.transaction(async (manager) => {
      await this.providers.holdConnections(definition.provider, caller.id, manager);
      const cluster = await this.clusters.insert(caller.id, definition, manager, hasPast);
      await this.record('cluster.create', caller, cluster.id, null, cluster, manager);
      return cluster;
    });
  }

  /** Changes the given fields only; the next tick applies them. @throws ConflictError like `create`, and `taken_over` */
  async update(caller: Caller, id: string, given: UpdateClusterDto): Promise<Cluster> {
    if (given.provider !== undefined) await this.providers.refresh();
    return this.dataSource.transaction(async (manager) => {
      const before = await this.lock(caller, id, manager);
      const { ownerId } = before;
      assertUnchanged(before, given);
      const dto = withoutClientConfig(given, this.providers.allowedUrls(), before.provider);
      const faults: ErrorDetail[] = [];
      const definition: ClusterDefinition = {
        name: dto.name ?? before.name,
        bounds: { min: dto.min_servers ?? before.bounds.min, max: dto.max_servers ?? before.bounds.max },
        policy: dto.policy === undefined ? before.policy : policyFromWire(dto.policy, thresholdDefaults(this.config)),
        provider: dto.provider === undefined ? before.provider : this.providers.read(dto.provider, ownerId, faults),
        config: dto.config === undefined ? before.config : configFromWire(dto.config),
        cost: dto.cost === undefined ? (before.cost ?? null) : costFromWire(dto.cost),
        status: dto.status ?? before.status,
      };
      const { min_servers: min, max_servers: max, policy } = dto;
      const isFitChanged = min !== undefined || max !== undefined || policy !== undefined;
      this.assertValid(definition, [...faults, ...(isFitChanged ? windowFaults(definition) : [])]);
      assertHeld(before, definition);
      if (dto.provider !== undefined) await this.providers.holdConnections(definition.provider, ownerId, manager);
      const after = await this.clusters.update(id, definition, dto.immediate ?? false, manager);
      await this.record('cluster.update', caller, id, before, after, manager);
      return after;
    });
  }

  /**
   * Deletes a cluster: it is no longer ticked, and its name is free. Its servers stay as they are, its history until retention removes it.
   *
   * @throws ConflictError `taken_over`
   */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const before = await this.lock(caller, id, manager);
      if (isTakenOver(before)) throw handBackFirst(before, 'deleted');
      await this.clusters.markDeleted(id, manager);
      await this.record('cluster.delete', caller, id, before, null, manager);
    });
  }

  private async lock(caller: Caller, id: string, manager: EntityManager): Promise<Cluster> {
    const cluster = await this.clusters.lock(id, manager);
    if (cluster === null || !reaches(caller, cluster.ownerId)) throw clusterNotFound();
    return cluster;
  }

  private assertValid({ bounds }: ClusterDefinition, others: readonly ErrorDetail[]): void {
    const details: ErrorDetail[] = [];
    const { maxServers } = this.config.scaler;
    if (bounds.min > bounds.max) {
      details.push({
        field: 'min_servers',
        error: `min_servers (${bounds.min}) must not be greater than max_servers (${bounds.max})`,
      });
    }
    const above = faultOfMaximum(bounds.max, maxServers);
    if (above !== null) details.push(above);
    details.push(...others);
    if (details.length > 0) throw validationFailed(details);
  }

  private async record(
    action: AuditAction,
    caller: Caller,
    id: string,
    before: Cluster | null,
    after: Cluster | null,
    manager: EntityManager,
  ): Promise<void> {
    await this.audit.record(
      {
        ...actorOf(caller),
        action,
        outcome: 'success',
        targetType: 'cluster',
        targetId: id,
        ...(before === null ? {} : { before: clusterToDto(before) }),
        ...(after === null ? {} : { after: clusterToDto(after) }),
      },
      manager,
    );
  }
}

/** Optimistic locking: a client that sends the `updated_at` that it has read does not overwrite later changes. */
function assertUnchanged({ updatedAt }: Cluster, { updated_at: known }: UpdateClusterDto): void {
  const now = new Date(updatedAt);
  if (known === undefined || Date.parse(known) === now.getTime()) return;
  throw new ConflictError(
    'changed_meanwhile',
    `the cluster was changed at ${now.toISOString()}; reload it and try again`,
  );
}

/** RFC 3339 with microseconds, which `Date` would cut off: cursors must not skip a row. */
function microseconds(ms: number): string {
  const whole = Math.floor(ms);
  const rest = Math.round((ms - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
