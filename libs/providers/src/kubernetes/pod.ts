import type { Server, ServerState } from '../sdk/index.js';
import { parseQuantity } from './quantity.js';

/** What a container asks for and may use, in cores and bytes; `null` where it states nothing. */
export interface Resources {
  readonly name: string;
  readonly cpu: Readonly<Record<Basis, number | null>>;
  readonly memory: Readonly<Record<Basis, number | null>>;
}

export type Basis = 'request' | 'limit';

/** What is kept of a pod. */
export interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ServerState;
  /** Milliseconds since the epoch, by the clock of the cluster. */
  readonly createdAt: number | null;
  /** Since when it has been ready, where it is. */
  readonly readyAt: number | null;
  /** Why no node takes it, in the words of the scheduler; `null` where one does. */
  readonly unschedulable: string | null;
  readonly containers: readonly Resources[];
}

/** A label that only pods of a StatefulSet, and of what is like one, have: each stands for a name and a volume that stay. */
const IDENTITY_LABEL = 'statefulset.kubernetes.io/pod-name';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

interface RawContainer {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>;
    readonly limits?: Readonly<Record<string, unknown>>;
  };
}

export interface PodSpec {
  readonly containers?: readonly RawContainer[];
  readonly initContainers?: readonly RawContainer[];
}

interface RawPod {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: PodSpec;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

/** The part of a pod that is kept. */
export function podOf(object: unknown): Pod {
  const { metadata, spec, status } = object as RawPod;
  const { name, labels = {}, creationTimestamp } = metadata;
  const ready = conditionOf(status, 'Ready');
  const scheduled = conditionOf(status, 'PodScheduled');
  const isStuck = scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
  return {
    name,
    labels,
    state: stateOf(object as RawPod, ready?.status === 'True'),
    createdAt: timeOf(creationTimestamp),
    readyAt: ready?.status === 'True' ? timeOf(ready.lastTransitionTime) : null,
    unschedulable: isStuck ? (scheduled.message ?? 'no node takes it') : null,
    containers: containersOf(spec),
  };
}

/** Those that run as long as the pod does. */
export function containersOf({ containers = [], initContainers = [] }: PodSpec = {}): readonly Resources[] {
  // Sidecars are init containers that keep running.
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars].map(resourcesOf);
}

/**
 * As the HPA counts: a pod that is being deleted, or has failed, is none; one that is not ready takes no load. Those that are being deleted
 * may still be answering, so they are draining.
 */
function stateOf({ metadata, status }: RawPod, isReady: boolean): ServerState {
  const phase = status?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') return 'TERMINATED';
  if (metadata.deletionTimestamp !== undefined) return 'DRAINING';
  return phase === 'Running' && isReady ? 'ACTIVE' : 'PROVISIONING';
}

/** @param aheadMs how far the clock of the cluster is ahead of ours */
export function serverOf({ name, state, readyAt, createdAt, unschedulable }: Pod, aheadMs: number): Server {
  const ours = (time: number | null): number | null => (time === null ? null : time - aheadMs);
  return {
    id: name,
    state,
    activeAt: ours(readyAt),
    createdAt: ours(createdAt),
    ...(unschedulable === null ? {} : { waitsFor: unschedulable }),
  };
}

export function hasIdentity({ labels }: Pod): boolean {
  return Object.hasOwn(labels, IDENTITY_LABEL);
}

function conditionOf(status: RawPod['status'], type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function resourcesOf({ name, resources }: RawContainer): Resources {
  const of = (resource: string): Resources['cpu'] => ({
    request: amountOf(resources?.requests?.[resource]),
    limit: amountOf(resources?.limits?.[resource]),
  });
  return { name, cpu: of('cpu'), memory: of('memory') };
}

function amountOf(quantity: unknown): number | null {
  if (quantity === undefined) return null;
  const amount = parseQuantity(quantity);
  return amount > 0 ? amount : null;
}

function timeOf(text: string | undefined): number | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : time;
}
