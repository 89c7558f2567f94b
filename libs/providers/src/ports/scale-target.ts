import type { Server } from '#engine';
import type { ClusterProvider } from './cluster-provider.js';

/** What a scale target needs to know of a cluster. */
export interface TargetCluster {
  readonly id: string;
  readonly provider: ClusterProvider;
}

/** A server as its provider reports it; times in milliseconds since the epoch, by the provider's clock. */
export interface ProvidedServer extends Server {
  readonly activeAt?: number | null;
}

export interface ProviderState {
  readonly servers: readonly ProvidedServer[];
  /** The count that the provider itself is heading for, however few it lists by now; `null` where it does not tell. */
  readonly desired: number | null;
}

/**
 * The port through which a cluster is scaled. An interface and an injection token of the same name.
 *
 * Not in the contract, on purpose: relative changes ("add two"), choosing which server leaves, waiting until servers
 * are active, and retries (see `ResilientScaleTarget`).
 */
export abstract class ScaleTarget {
  /**
   * Where a cluster has to be made before it can be read: makes it unless it is there. Called before the first `read` of a cluster,
   * with the same arguments. Idempotent. Throws `ProviderError`.
   */
  ensure?(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<void>;

  /**
   * What stands there now. Throws `ProviderError`.
   *
   * @param token as `setDesired` has it: whoever looks before he decides shuts out those who were replaced, even if he asks for nothing
   */
  abstract read(cluster: TargetCluster, signal: AbortSignal, token?: number): Promise<ProviderState>;

  /**
   * Asks for `desired` servers (provisioning and active together) and returns at once with what stands there after the
   * asking. Asking twice is asking once. A provider that grants only a part says so by the servers that it returns.
   * Throws `ProviderError`: `refused` when nothing was changed, `unreachable` when nobody knows.
   *
   * @param token where several instances run: a provider that can compare refuses one that is lower than it has seen for the cluster
   */
  abstract setDesired(
    cluster: TargetCluster,
    desired: number,
    signal: AbortSignal,
    token?: number,
  ): Promise<ProviderState>;

  /** What fails together: the address that stands behind the cluster. */
  abstract endpointOf(cluster: TargetCluster): string;
}

/**
 * `unreachable`: no answer, or one of a server in distress; whether the request was carried out is not known.
 * `refused`: a clear no. `invalid`: an answer that makes no sense.
 */
export type ProviderErrorKind = 'unreachable' | 'refused' | 'invalid';

export class ProviderError extends Error {
  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProviderError';
  }
}

/** Servers that count towards the desired count: those that take load and those that soon will. */
export function countServers(servers: readonly Server[]): {
  active: number;
  provisioning: number;
  draining: number;
  total: number;
} {
  let active = 0;
  let provisioning = 0;
  let draining = 0;
  for (const server of servers) {
    if (server.state === 'ACTIVE') active += 1;
    else if (server.state === 'PROVISIONING') provisioning += 1;
    else if (server.state === 'DRAINING') draining += 1;
  }
  return { active, provisioning, draining, total: active + provisioning };
}
