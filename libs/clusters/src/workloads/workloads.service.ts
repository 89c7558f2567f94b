import { Injectable } from '@nestjs/common';
import { type Caller, reaches } from '#auth';
import { validationFailed } from '#http';
import { type ClusterProvider, type ConnectedWorkloads, ConnectionWorkloads, type FoundWorkload } from '#providers';
import { ClusterRepository } from '../cluster.repository.js';
import { ClusterTargets } from '../target/cluster-targets.js';
import { NAMESPACE, type WorkloadListDto, workloadToDto } from './workload.dto.js';

/** Workloads of one list. */
const MOST_WORKLOADS = 5000;

/** A cluster that scales a workload already. */
export interface Registered {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
}

/** What connections lead to, and which clusters scale it already. */
@Injectable()
export class WorkloadsService {
  constructor(
    private readonly workloads: ConnectionWorkloads,
    private readonly clusters: ClusterRepository,
    private readonly targets: ClusterTargets,
  ) {}

  /** @throws AppError where the connection cannot be used */
  async list(caller: Caller, connection: string, namespaces: readonly string[]): Promise<WorkloadListDto> {
    const found = await this.find(caller, connection, namespaces);
    const registered = await this.registered(found);
    const workloads = found.workloads.map((workload) => {
      const cluster = registered.get(workload);
      const isVisible = cluster !== undefined && reaches(caller, cluster.ownerId);
      return workloadToDto(workload, isVisible ? { id: cluster.id, name: cluster.name } : null);
    });
    return { workloads, count: workloads.length, truncated: found.isCut, missing: found.missing };
  }

  /** @throws AppError like `list` */
  async find(caller: Caller, connection: string, namespaces: readonly string[]): Promise<ConnectedWorkloads> {
    // They become a part of a path.
    if (!namespaces.every((namespace) => NAMESPACE.test(namespace)))
      throw validationFailed([{ field: 'namespace', error: 'namespace must be the name of a namespace, or several' }]);
    return this.workloads.list(caller, connection, { namespaces, limit: MOST_WORKLOADS });
  }

  /** The clusters of all owners that scale these workloads. */
  async registered({
    connection,
    type,
    workloads,
  }: ConnectedWorkloads): Promise<ReadonlyMap<FoundWorkload, Registered>> {
    const keys = new Map<FoundWorkload, string>();
    for (const workload of workloads) {
      const key = this.targets.keyOf({ id: '', provider: providerOf(type, connection.name, workload) });
      if (key !== null) keys.set(workload, key);
    }
    const clusters = await this.clusters.scaling([...keys.values()]);
    return new Map(
      [...keys].flatMap(([workload, key]) => {
        const cluster = clusters.get(key);
        return cluster === undefined ? [] : [[workload, cluster]];
      }),
    );
  }
}

/** What a cluster of a workload says of its provider. */
export function providerOf(type: string, connection: string, { target }: FoundWorkload): ClusterProvider {
  return { type, connection, ...target };
}
