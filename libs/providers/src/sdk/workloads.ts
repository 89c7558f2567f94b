/** What stands at a connection and can be scaled there, whether or not clusters were made of it. */

export interface WorkloadQuery {
  /** Only in these namespaces; empty: in all. */
  readonly namespaces: readonly string[];
  /** Most workloads that are returned. */
  readonly limit: number;
}

export interface WorkloadList {
  /** By namespace, kind and name. */
  readonly workloads: readonly FoundWorkload[];
  /** Each right whose lack leaves something out, as the system names it: "list deployments.apps in namespace web". */
  readonly missing: readonly string[];
  /** There are more than the limit. */
  readonly isCut: boolean;
}

/** A count that the system does not state is `null`. */
export interface FoundWorkload {
  /** `provider.target` of a cluster made of it, without type and connection; with `group` where it distinguishes kinds. */
  readonly target: Readonly<Record<string, unknown>>;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly desired: number | null;
  readonly ready: number | null;
  readonly requests: FoundRequests | null;
  /** `null`: nothing scales it, unless `unknown` says otherwise. */
  readonly scaledBy: FoundAutoscaler | null;
  /** Why it is not known whether an autoscaler scales it, in a clause; `null`: it is known. */
  readonly unknown: string | null;
  /** Why the service would not scale it, in a sentence; `null`: it would. */
  readonly refused: string | null;
}

/** What one server requests, all its containers together; `null` where one of them states nothing. */
export interface FoundRequests {
  readonly cpuMillis: number | null;
  readonly memoryMiB: number | null;
}

/** Another autoscaler of a workload. */
export interface FoundAutoscaler {
  /** Its kind and name: "HorizontalPodAutoscaler web". */
  readonly by: string;
  /** Further ones of the same workload. */
  readonly others: readonly string[];
  readonly min: number;
  readonly max: number;
  /** What it wants at this moment, whether or not it acts; `null` while it does not know. */
  readonly desired: number | null;
  readonly current: number | null;
  /** Percent of the request; `null` where CPU utilization is not what it goes by. */
  readonly cpuTarget: number | null;
  /** What else it goes by, in words: "memory at 80 % of the request". */
  readonly metrics: readonly string[];
  readonly conditions: readonly FoundCondition[];
}

export interface FoundCondition {
  readonly type: string;
  /** `null`: not known. */
  readonly isTrue: boolean | null;
  readonly reason: string;
  readonly message: string;
}
