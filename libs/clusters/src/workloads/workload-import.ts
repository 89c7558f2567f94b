import { Injectable } from '@nestjs/common';
import { actorOf, AuditService, type Caller, reaches } from '#auth';
import { AppError, ForbiddenError } from '#http';
import { type ConnectedWorkloads, type FoundWorkload, mayUse } from '#providers';
import type { CreateClusterDto } from '../cluster.dto.js';
import type { Cluster } from '../cluster.js';
import { ClusterRepository } from '../cluster.repository.js';
import { ClustersService } from '../clusters.service.js';
import { definitionOf, freeName } from './workload-definition.js';
import { providerOf, type Registered, WorkloadsService } from './workloads.service.js';

/** Which workload; without `group` the only one of that kind. */
export interface Chosen {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly group?: string;
}

/** What became of one workload. */
export interface Imported {
  readonly workload: Chosen;
  /** `null` where it was skipped, or nothing was to be created. */
  readonly cluster: Cluster | null;
  readonly definition: CreateClusterDto | null;
  /** Why no cluster is made of it, in a sentence. */
  readonly skipped: string | null;
  readonly notes: readonly string[];
}

export interface ImportOptions {
  /** Creates nothing. */
  readonly isDry: boolean;
}

/** What is known while an import goes through its workloads. */
interface Progress {
  readonly caller: Caller;
  readonly connected: ConnectedWorkloads;
  readonly registered: ReadonlyMap<FoundWorkload, Registered>;
  /** Names of the caller's clusters, those that were just made included. */
  readonly names: Set<string>;
  readonly done: Set<FoundWorkload>;
  readonly isDry: boolean;
}

/** Rights that a sentence names. */
const MOST_NAMED = 3;

/** Makes clusters that recommend of workloads that stand at a connection. A workload that has a cluster is skipped. */
@Injectable()
export class WorkloadImport {
  constructor(
    private readonly workloads: WorkloadsService,
    private readonly clusters: ClustersService,
    private readonly repository: ClusterRepository,
    private readonly audit: AuditService,
  ) {}

  /** Of the chosen workloads, in their order. @throws AppError where the connection cannot be used */
  async chosen(
    caller: Caller,
    connection: string,
    chosen: readonly Chosen[],
    { isDry }: ImportOptions,
  ): Promise<readonly Imported[]> {
    const namespaces = [...new Set(chosen.map(({ namespace }) => namespace))];
    const progress = await this.begin(caller, connection, namespaces, isDry);
    const imported: Imported[] = [];
    for (const one of chosen) imported.push(await this.importOne(one, progress));
    await this.record(progress, imported);
    return imported;
  }

  /**
   * Of all workloads in these namespaces; without any, everywhere.
   *
   * @throws AppError where the connection cannot be used
   */
  async all(
    caller: Caller,
    connection: string,
    namespaces: readonly string[],
    { isDry }: ImportOptions,
  ): Promise<Pick<ConnectedWorkloads, 'missing' | 'isCut'> & { readonly imported: readonly Imported[] }> {
    const progress = await this.begin(caller, connection, namespaces, isDry);
    const { workloads, missing, isCut } = progress.connected;
    const imported: Imported[] = [];
    for (const workload of workloads) imported.push(await this.importFound(workload, progress));
    await this.record(progress, imported);
    return { imported, missing, isCut };
  }

  private async begin(
    caller: Caller,
    connection: string,
    namespaces: readonly string[],
    isDry: boolean,
  ): Promise<Progress> {
    const connected = await this.workloads.find(caller, connection, namespaces);
    if (!mayUse(connected.connection, caller.id))
      throw new ForbiddenError(
        'connection_not_shared',
        `clusters of yours cannot name the connection ${connected.connection.name}: share it first`,
      );
    const registered = await this.workloads.registered(connected);
    const names = await this.repository.namesOf(caller.id);
    return { caller, connected, registered, names, done: new Set(), isDry };
  }

  private async importOne(chosen: Chosen, progress: Progress): Promise<Imported> {
    const { workloads, missing } = progress.connected;
    const found = workloads.filter((workload) => isChosen(workload, chosen));
    const [first, ...others] = found;
    if (first === undefined) return skipped(chosen, notFound(chosen, missing));
    if (others.length > 0) {
      const groups = found.map(({ target }) => String(target['group'])).join(', ');
      return skipped(chosen, `The groups ${groups} have a kind ${chosen.kind}: name one in "group".`);
    }
    return this.importFound(first, progress);
  }

  private async importFound(workload: FoundWorkload, progress: Progress): Promise<Imported> {
    const { caller, connected, names, done, isDry } = progress;
    const chosen = chosenOf(workload);
    const reason = reasonToSkip(workload, progress);
    if (reason !== null) return skipped(chosen, reason);
    const provider = providerOf(connected.type, connected.connection.name, workload);
    const { definition, notes } = definitionOf(workload, provider, freeName(workload, names));
    try {
      const cluster = isDry ? null : await this.clusters.create(caller, definition);
      if (isDry) await this.clusters.define(caller, definition);
      names.add(definition.name.toLowerCase());
      done.add(workload);
      return { workload: chosen, cluster, definition, skipped: null, notes };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return skipped(chosen, `It cannot be registered: ${error.message}.`);
    }
  }

  private async record({ caller, connected, isDry }: Progress, imported: readonly Imported[]): Promise<void> {
    if (isDry) return;
    const { id, name } = connected.connection;
    const created = imported.flatMap(({ cluster }) => (cluster === null ? [] : [cluster.id]));
    await this.audit.record({
      ...actorOf(caller),
      action: 'connection.import',
      outcome: 'success',
      targetType: 'connection',
      targetId: id,
      after: { name, created, skipped: imported.length - created.length },
    });
  }
}

function reasonToSkip(workload: FoundWorkload, { caller, registered, done }: Progress): string | null {
  if (workload.refused !== null) return workload.refused;
  if (done.has(workload)) return 'The request names it twice.';
  const cluster = registered.get(workload);
  if (cluster !== undefined)
    return reaches(caller, cluster.ownerId)
      ? `It is registered already, as the cluster "${cluster.name}".`
      : 'It is registered already, by another user.';
  const { unknown } = workload;
  return unknown === null ? null : `It is not known whether an autoscaler scales it: ${unknown}.`;
}

function isChosen({ namespace, kind, name, target }: FoundWorkload, chosen: Chosen): boolean {
  return (
    namespace === chosen.namespace &&
    name === chosen.name &&
    kind.toLowerCase() === chosen.kind.toLowerCase() &&
    (chosen.group === undefined || target['group'] === chosen.group)
  );
}

function chosenOf({ namespace, kind, name, target }: FoundWorkload): Chosen {
  const { group } = target;
  return { namespace, kind, name, ...(typeof group === 'string' ? { group } : {}) };
}

function skipped(workload: Chosen, reason: string): Imported {
  return { workload, cluster: null, definition: null, skipped: reason, notes: [] };
}

function notFound({ namespace, kind, name }: Chosen, missing: readonly string[]): string {
  const sentence = `There is no ${kind} ${name} in the namespace ${namespace} that can be scaled`;
  const rights = missing.filter((right) => right.endsWith(` ${namespace}`)).slice(0, MOST_NAMED);
  return rights.length === 0 ? `${sentence}.` : `${sentence}, or a right is missing: ${rights.join(', ')}.`;
}
