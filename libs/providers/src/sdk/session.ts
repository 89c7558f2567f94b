import type { ProviderError } from './errors.js';
import type { HandOver, TakenOver } from './hand-over.js';
import type { ProviderState, Sample, Server, Totals } from './values.js';
import type { WorkloadList, WorkloadQuery } from './workloads.js';

/** A cluster as a session knows it. */
export interface ProviderCluster<Target = unknown, Metrics = unknown> {
  readonly id: string;
  /** What `provider.target` of the cluster says; `null` where another provider scales it. */
  readonly target: Target | null;
  /** What `provider.metrics` of the cluster says; `null` where another provider brings its metrics. */
  readonly metrics: Metrics | null;
  /**
   * Rises whenever another instance of the service takes the cluster over; `null` where only one runs. A provider with `fencing` refuses
   * (`fenced`) calls with a lower one than it has seen, in `read` as in `setDesired`.
   */
  readonly fence: number | null;
  /** What was switched off for this service; absent or `null`: nothing. */
  readonly takenOver?: TakenOver | null;
}

/** Bounds that another system keeps the count within, regardless of this service. */
export interface OuterBounds {
  /** Its kind and name: "HorizontalPodAutoscaler web". */
  readonly by: string;
  readonly min: number;
  readonly max: number;
}

/** Another writer of the desired count. Both are shown and stored. */
export interface Blocked {
  /** Its kind and name: "HorizontalPodAutoscaler web". */
  readonly by: string;
  /** What it does, as a clause: "it scales Deployment web between 2 and 10 replicas". */
  readonly reason: string;
  /** The most that it allows (0 to 1,000,000), and the field that says so: "maxReplicas". Absent: not known. */
  readonly limit?: { readonly field: string; readonly servers: number };
}

/** What another autoscaler wants of a target at this moment, acting or not. It is recorded and shown, and decides nothing. */
export interface Theirs {
  /** Its kind and name: "HorizontalPodAutoscaler web". */
  readonly by: string;
  /** The count that it would set, servers (0 to 1,000,000). */
  readonly desired: number;
}

/** How late a source of metrics is while it works as usual. */
export interface Lateness {
  /**
   * Greatest age of the newest sample, milliseconds (0 to 3,600,000). Samples are stale when they are older than this and
   * `collector.max_sample_age` together.
   */
  readonly ms: number;
  /** Active servers at the time of the newest sample; `null`: not known, so those of now. */
  readonly servers: number | null;
}

/** What a right may be needed for. Taking over: switching off what scales the workload today. */
export const NEEDED_FOR = ['reading', 'acting', 'taking_over'] as const;

/** What a test of a connection finds. */
export interface ConnectionReport {
  /** As whom the service is known there; `null` where there is no identity. */
  readonly identity: string | null;
  readonly version: string | null;
  /** Each right that is missing, as the system names it: "update deployments/scale in namespace web". */
  readonly missing: readonly { readonly right: string; readonly neededFor: (typeof NEEDED_FOR)[number] }[];
}

/** What one poll brings of a cluster: `servers` where it is a target here, `samples` where its metrics are read here. */
export interface Reading {
  /** When this was so. */
  readonly at: number;
  /** An error where this part failed and the other did not. */
  readonly servers?: readonly Server[] | ProviderError;
  /** See `ProviderState`; where the capability `statesDesired` is missing, it is left out. */
  readonly desired?: number | null;
  /** See `ProviderState`. */
  readonly published?: true;
  /**
   * What else changes the count of servers here, and how it is known; `null` or absent: nothing. While it does, the service decides and
   * records, and carries nothing out.
   */
  readonly blocked?: Blocked | null;
  /** Who set the desired count last, as the system records it: "argocd-controller". `null` or absent: not known. */
  readonly setBy?: string | null;
  /** `null` or absent: there is no other autoscaler, or what it wants is not known. */
  readonly theirs?: Theirs | null;
  /** `null` or absent: none. */
  readonly outerBounds?: OuterBounds | null;
  /** The newest sample of each active server. Judging them is the service's part: hand over what there is. */
  readonly samples?: readonly Sample[] | ProviderError;
  readonly totals?: Totals | null;
  /** Why a part of the metrics is unknown; `null` or absent: all is known. What is known counts, but no policy removes servers. */
  readonly incomplete?: string | null;
  /** `null` or absent: the source states what is. */
  readonly late?: Lateness | null;
  /** The highest CPU that one server can have, percent; left out where the source does not say. */
  readonly maxCpuPercent?: number | null;
}

export type Readings = ReadonlyMap<string, Reading | ProviderError>;

export interface Call {
  /** Ends the work: the answer is of no use any more. */
  readonly signal: AbortSignal;
  /** How long the call may take, milliseconds, all attempts together; absent: not known. */
  readonly timeoutMs?: number;
}

/** A call that changes something. */
export interface ChangeCall extends Call {
  /** Why, in a sentence, for the provider's own records where it keeps some. */
  readonly reason?: string | undefined;
}

/**
 * One connection, for as long as clusters use it.
 *
 * Not in the contract, on purpose: timeouts, retries, circuit breakers and metrics, which the service puts around every session; relative
 * changes ("add two"); choosing which server leaves; waiting until servers are active.
 */
export interface Session<Target = unknown, Metrics = unknown> {
  /**
   * What stands there now, by id of cluster. Without the capability `batching` it is called for one cluster at a time, for many concurrently.
   * Reading changes nothing.
   *
   * @throws ProviderError when it holds for all of them
   */
  read(clusters: readonly ProviderCluster<Target, Metrics>[], call: Call): Promise<Readings>;

  /**
   * Makes a cluster that the provider does not know (`not_found`). Idempotent.
   *
   * @throws ProviderError `not_found` where its definition does not say what to make
   */
  ensure?(cluster: ProviderCluster<Target, Metrics>, call: Call): Promise<void>;

  /**
   * Requests `count` servers, provisioning and active together, and returns the servers after the request, within about a second: those from
   * before if the new ones are not listed by then, never a part of them. Idempotent. A provider with `partial` may grant fewer, and shows
   * this by its servers.
   *
   * @throws ProviderError
   */
  setDesired?(cluster: ProviderCluster<Target, Metrics>, count: number, call: ChangeCall): Promise<ProviderState>;

  /**
   * Switches off what else scales the servers, so that this service can. Idempotent.
   *
   * @param apply `false`: only says which steps it would take
   * @returns no objects where nothing else scales them
   * @throws ProviderError where a step failed, with what became of the steps before it
   */
  takeOver?(cluster: ProviderCluster<Target, Metrics>, apply: boolean, call: Call): Promise<HandOver>;

  /**
   * Restores what a take-over changed. Idempotent.
   *
   * @param apply `false`: only says which steps it would take
   * @throws ProviderError where a step failed
   */
  handBack?(cluster: ProviderCluster<Target, Metrics>, apply: boolean, call: Call): Promise<HandOver>;

  /**
   * Says that the service works on a cluster that it has taken over. Where this is missing for five minutes, something outside of the service
   * may hand the cluster back.
   *
   * @throws ProviderError `conflict` where it was handed back
   */
  renew?(cluster: ProviderCluster<Target, Metrics>, call: Call): Promise<void>;

  /**
   * Tests the connection, without changing anything.
   *
   * @throws ProviderError where it cannot be reached, or does not accept the credentials
   */
  check?(call: Call): Promise<ConnectionReport>;

  /**
   * Lists what could be scaled here, without changing anything. A right that is missing is no error.
   *
   * @throws ProviderError where it cannot be reached, or does not accept the credentials
   */
  workloads?(query: WorkloadQuery, call: Call): Promise<WorkloadList>;

  /** No cluster uses the connection any more, or the service stops. */
  close(): Promise<void>;
}
