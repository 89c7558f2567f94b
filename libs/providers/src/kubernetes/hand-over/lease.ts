import { createHash } from 'node:crypto';
import { parsed } from './switch.js';
import { ProviderError } from '../../sdk/index.js';
import type { WorkloadSpec } from '../kubernetes.fields.js';

/** Without a renewal for this time, the workload is given back. */
export const LEASE_MS = 300_000;
/** Marks the Leases of workloads that were taken over. */
export const LABEL = { name: 'autoscaler.dev/take-over', value: 'true' } as const;
/** The other autoscalers that are switched off: a JSON list of kinds and names. */
const OBJECTS = 'autoscaler.dev/taken-over';
/** When something outside of the service began to give the workload back. */
const HANDED_BACK_AT = 'autoscaler.dev/handed-back-at';
/** Whether all of its objects are restored. */
const COMPLETE = 'autoscaler.dev/handed-back-complete';
/** Of a Lease that names no cluster: the first one that renews it holds it. */
const UNNAMED = 'autoscaler';
const LONGEST_NAME = 253;

/** A Lease of a workload that was taken over. */
export interface RawLease {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
  };
  readonly spec?: { readonly renewTime?: string; readonly holderIdentity?: string } & Readonly<Record<string, unknown>>;
}

/** A workload, and who holds it. */
export interface HeldWorkload extends WorkloadSpec {
  /** As the Lease names it: see `holderOf`. */
  readonly holder: string;
}

/** What a Lease says. */
export interface Heartbeat {
  readonly objects: readonly string[];
  /** `null`: it names no cluster. */
  readonly holder: string | null;
  /** Milliseconds since the epoch, by the clock of the service that renewed it; 0 if that is not known. */
  readonly renewedAt: number;
  /** When something else began to give the workload back, RFC 3339; `null`: nothing did. */
  readonly handedBackAt: string | null;
  readonly isComplete: boolean;
}

export function heartbeatOf({ metadata: { annotations = {} }, spec }: RawLease): Heartbeat {
  const objects = parsed(annotations[OBJECTS] ?? '[]');
  const holder = spec?.holderIdentity ?? UNNAMED;
  const renewedAt = Date.parse(spec?.renewTime ?? '');
  return {
    objects: Array.isArray(objects) ? objects.filter((one) => typeof one === 'string') : [],
    holder: holder === UNNAMED ? null : holder,
    renewedAt: Number.isNaN(renewedAt) ? 0 : renewedAt,
    handedBackAt: annotations[HANDED_BACK_AT] ?? null,
    isComplete: annotations[COMPLETE] === 'true',
  };
}

/** A new Lease of a workload. */
export function leaseOf(spec: HeldWorkload, objects: readonly string[], now: number): RawLease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: leaseName(spec),
      namespace: spec.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'autoscaler', [LABEL.name]: LABEL.value },
      annotations: { 'autoscaler.dev/workload': `${spec.kind} ${spec.name}`, [OBJECTS]: JSON.stringify(objects) },
    },
    spec: {
      holderIdentity: spec.holder,
      leaseDurationSeconds: LEASE_MS / 1000,
      acquireTime: microTime(now),
      renewTime: microTime(now),
    },
  };
}

/** Names the cluster, whose id no other installation has. */
export function holderOf(clusterId: string): string {
  return `${UNNAMED}/${clusterId}`;
}

/** Whether another cluster than this one holds a Lease or held it last. */
export function isOfAnother({ holder }: Heartbeat, own: string): boolean {
  return holder !== null && holder !== own;
}

/** @throws ProviderError `conflict` while another cluster holds the workload */
export function refuseHeld(heartbeat: Heartbeat, own: string, now: number): void {
  const { holder, handedBackAt, renewedAt } = heartbeat;
  if (!isOfAnother(heartbeat, own) || handedBackAt !== null || now - renewedAt >= LEASE_MS) return;
  const ends = `its Lease ends ${LEASE_MS / 60_000} min after the last renewal`;
  throw new ProviderError('conflict', `another cluster (${holder}) has taken the workload over; ${ends}`);
}

/** The Lease as held by this cluster from now on, with these objects. */
export function heldAgain(lease: RawLease, objects: readonly string[], holder: string, now: number): RawLease {
  const { [HANDED_BACK_AT]: _at, [COMPLETE]: _complete, ...annotations } = lease.metadata.annotations ?? {};
  return renewed(
    { ...lease, metadata: { ...lease.metadata, annotations: { ...annotations, [OBJECTS]: JSON.stringify(objects) } } },
    holder,
    now,
  );
}

export function renewed(lease: RawLease, holder: string, now: number): RawLease {
  return { ...lease, spec: { ...lease.spec, holderIdentity: holder, renewTime: microTime(now) } };
}

/** The Lease once something else has begun to give the workload back, or has done so. */
export function handedBack(lease: RawLease, at: number, isComplete: boolean): RawLease {
  const known = lease.metadata.annotations?.[HANDED_BACK_AT] ?? new Date(at).toISOString();
  const annotations = { ...lease.metadata.annotations, [HANDED_BACK_AT]: known, [COMPLETE]: String(isComplete) };
  return { ...lease, metadata: { ...lease.metadata, annotations } };
}

export function leasesPath(namespace: string): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
}

export function leaseName({ kind, name }: Pick<WorkloadSpec, 'kind' | 'name'>): string {
  const full = `autoscaler.${kind.toLowerCase()}.${name}`;
  if (full.length <= LONGEST_NAME) return full;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 16);
  return `autoscaler.${kind.toLowerCase()}.${hash}`;
}

/** Microseconds are part of the format. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
