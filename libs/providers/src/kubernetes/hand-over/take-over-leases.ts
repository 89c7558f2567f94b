import { type Blocked, ProviderError } from '../../sdk/index.js';
import type { KubernetesApi } from '../api-client.js';
import { isStatus } from '../api-error.js';
import { type WorkloadSpec, workloadName } from '../kubernetes.fields.js';
import {
  type Heartbeat,
  heartbeatOf,
  heldAgain,
  type HeldWorkload,
  isOfAnother,
  LEASE_MS,
  leaseName,
  leaseOf,
  leasesPath,
  type RawLease,
  refuseHeld,
  renewed,
} from './lease.js';

/** How long a Lease that was read or renewed is known; renewals are at most 30 s apart. */
const FRESH_MS = 45_000;
const TRIES = 3;

type Api = Pick<KubernetesApi, 'get' | 'put' | 'post' | 'delete' | 'clockAheadMs'>;

/** The Leases of the workloads that this service has taken over. */
export class TakeOverLeases {
  /** The last known Lease by workload; `null`: there is none. */
  private readonly known = new Map<string, { readonly lease: RawLease | null; readonly at: number }>();

  constructor(private readonly api: Api) {}

  /**
   * Holds a workload from now on; objects that a Lease names already stay.
   *
   * @returns whether it was held before
   * @throws ProviderError `conflict` while another cluster holds it
   */
  async hold(spec: HeldWorkload, objects: readonly string[], signal: AbortSignal): Promise<'done' | 'unchanged'> {
    const body = leaseOf(spec, objects, this.now());
    const right = `create leases.coordination.k8s.io in namespace ${spec.namespace}`;
    try {
      this.remember(spec, await this.api.post<RawLease>(leasesPath(spec.namespace), { body, right, signal }));
      return 'done';
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
    }
    let wasHeld = true;
    // Another cluster may have ended its take-over since.
    this.known.delete(keyOf(spec));
    await this.change(spec, signal, (lease) => {
      const heartbeat = heartbeatOf(lease);
      refuseHeld(heartbeat, spec.holder, this.now());
      wasHeld = heartbeat.handedBackAt === null;
      return heldAgain(lease, [...new Set([...heartbeat.objects, ...objects])], spec.holder, this.now());
    });
    return wasHeld ? 'unchanged' : 'done';
  }

  /** @throws ProviderError `conflict` if the workload was given back, or another cluster has taken it over */
  async renew(spec: HeldWorkload, signal: AbortSignal): Promise<void> {
    await this.change(spec, signal, (lease) => {
      const heartbeat = heartbeatOf(lease);
      if (heartbeat.handedBackAt !== null) throw new ProviderError('conflict', 'the workload was given back');
      if (isOfAnother(heartbeat, spec.holder))
        throw new ProviderError('conflict', `another cluster (${heartbeat.holder}) has taken the workload over`);
      return renewed(lease, spec.holder, this.now());
    });
  }

  /** What a Lease says now; `null`: there is none. @throws ProviderError `conflict` while another cluster holds the workload */
  async read(spec: HeldWorkload, signal: AbortSignal): Promise<Heartbeat | null> {
    const lease = await this.get(spec, signal);
    if (lease === null) return null;
    const heartbeat = heartbeatOf(lease);
    refuseHeld(heartbeat, spec.holder, this.now());
    return heartbeat;
  }

  /**
   * Whether a workload that was taken over has been given back; at most 45 s old.
   *
   * @param objects what was taken over
   * @returns `null`: it has not
   * @throws ProviderError while that is not known
   */
  async givenBack(spec: HeldWorkload, objects: readonly string[], signal: AbortSignal): Promise<Blocked | null> {
    const known = this.known.get(keyOf(spec));
    const isFresh = known !== undefined && Date.now() - known.at < FRESH_MS;
    const lease = isFresh ? known.lease : await this.get(spec, signal);
    const by = objects.join(' and ');
    const rest = 'Take it over again, or hand it back';
    if (lease === null) return { by, reason: `its Lease was deleted, so the workload counts as given back. ${rest}` };
    const heartbeat = heartbeatOf(lease);
    const { handedBackAt, holder } = heartbeat;
    if (isOfAnother(heartbeat, spec.holder))
      return { by: holder!, reason: 'it has taken the workload over since. Hand it back there first' };
    if (handedBackAt === null) return null;
    const when = `${handedBackAt.slice(0, 16).replace('T', ' ')} UTC`;
    return {
      by,
      reason: `the workload was given back at ${when}, after ${LEASE_MS / 60_000} min without a successful tick. ${rest}`,
    };
  }

  /** Deletes a Lease. @throws ProviderError */
  async release(spec: WorkloadSpec, signal: AbortSignal): Promise<'done' | 'gone'> {
    const right = `delete leases.coordination.k8s.io in namespace ${spec.namespace}`;
    this.known.delete(keyOf(spec));
    try {
      await this.api.delete(pathOf(spec), { right, signal });
      return 'done';
    } catch (error) {
      if (isStatus(error, 404)) return 'gone';
      throw error;
    }
  }

  private async change(spec: WorkloadSpec, signal: AbortSignal, edit: (lease: RawLease) => RawLease): Promise<void> {
    const right = `update leases.coordination.k8s.io in namespace ${spec.namespace}`;
    let found = this.known.get(keyOf(spec))?.lease ?? (await this.get(spec, signal));
    for (let tries = 1; ; tries += 1) {
      if (found === null)
        throw new ProviderError('conflict', 'the Lease was deleted, so the workload counts as given back');
      try {
        this.remember(spec, await this.api.put<RawLease>(pathOf(spec), { body: edit(found), right, signal }));
        return;
      } catch (error) {
        const isStale = isStatus(error, 409) || isStatus(error, 404);
        if (!isStale || tries === TRIES) throw error;
        found = await this.get(spec, signal);
      }
    }
  }

  private async get(spec: WorkloadSpec, signal: AbortSignal): Promise<RawLease | null> {
    const right = `get leases.coordination.k8s.io in namespace ${spec.namespace}`;
    const lease = await this.api.get<RawLease>(pathOf(spec), { right, signal }).catch((error: unknown) => {
      if (isStatus(error, 404)) return null;
      throw error;
    });
    this.remember(spec, lease);
    return lease;
  }

  private remember(spec: WorkloadSpec, lease: RawLease | null): void {
    this.known.set(keyOf(spec), { lease, at: Date.now() });
  }

  /** By the clock of the API server, as the one that looks for Leases that ran out. */
  private now(): number {
    return Date.now() + this.api.clockAheadMs;
  }
}

function keyOf(spec: WorkloadSpec): string {
  return workloadName(spec);
}

function pathOf(spec: WorkloadSpec): string {
  return `${leasesPath(spec.namespace)}/${leaseName(spec)}`;
}
