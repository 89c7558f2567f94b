import type { FoundRequests } from '../sdk/index.js';
import type { ScalableResource } from './discovery.js';
import { containersOf, type PodSpec, type Resources } from './pod.js';

const MIB = 2 ** 20;
const MILLIS = 1000;

export interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly ownerReferences?: readonly OwnerReference[];
}

interface RawWorkload {
  readonly metadata: Metadata;
  readonly spec?: { readonly replicas?: unknown; readonly template?: { readonly spec?: PodSpec } };
  readonly status?: { readonly readyReplicas?: unknown };
}

/** The part of an object with a `scale` subresource that a list of workloads shows. Counts that it does not state are `null`. */
export interface WorkloadObject {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly controller: OwnerReference | null;
  readonly desired: number | null;
  readonly ready: number | null;
  readonly requests: FoundRequests | null;
}

export function workloadObjectOf(object: unknown, { group }: Pick<ScalableResource, 'group'>): WorkloadObject {
  const { metadata, spec, status } = object as RawWorkload;
  // A count of 0 is left out by what comes with Kubernetes: groups of custom resources have a dot.
  const unstated = group.includes('.') ? null : 0;
  const template = spec?.template?.spec;
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    controller: controllerOf(metadata),
    desired: countOf(spec?.replicas),
    ready: countOf(status?.readyReplicas) ?? (status === undefined ? null : unstated),
    requests: template === undefined ? null : requestsOf(template),
  };
}

/** The object that makes and removes it. */
export function controllerOf({ ownerReferences = [] }: Metadata): OwnerReference | null {
  return ownerReferences.find(({ controller }) => controller === true) ?? null;
}

/** The group of an `apiVersion`. */
export function groupOf(apiVersion = ''): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}

function requestsOf(spec: PodSpec): FoundRequests {
  const containers = containersOf(spec);
  const [cores, bytes] = [total(containers, 'cpu'), total(containers, 'memory')];
  return {
    cpuMillis: cores === null ? null : Math.round(cores * MILLIS),
    memoryMiB: bytes === null ? null : Math.round(bytes / MIB),
  };
}

/** `null` where a container states nothing. Without a request the limit is the request of its pods. */
function total(containers: readonly Resources[], resource: 'cpu' | 'memory'): number | null {
  const amounts = containers.map((container) => container[resource].request ?? container[resource].limit);
  return containers.length === 0 || amounts.includes(null)
    ? null
    : amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
}
