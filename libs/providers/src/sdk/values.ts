/** Everything that a session hands over. Times are milliseconds since the epoch, by the provider's clock. */

export type ServerState = 'PROVISIONING' | 'ACTIVE' | 'DRAINING' | 'TERMINATED';

/** One unit of capacity. */
export interface Server {
  readonly id: string;
  readonly state: ServerState;
  /** Since when it has taken load; `null` or absent: not known, so it counts as old. */
  readonly activeAt?: number | null;
  /** When it was created, if the provider says so: its lead time counts from then, regardless of who requested it. */
  readonly createdAt?: number | null;
  /** Why it takes no load yet, in the words of the provider; `null` or absent: it is starting. */
  readonly waitsFor?: string | null;
}

/** One server's metrics at one time. A field that is unknown is `null`, never 0. */
export interface Sample {
  readonly serverId: string;
  readonly at: number;
  /** Percent; above 100 is a full server. */
  readonly cpu: number | null;
  /** Percent. */
  readonly memory: number | null;
  /** Requests per second. */
  readonly requestRate: number | null;
}

/**
 * What a source counts for the whole cluster over a window of its own. Absent: the source does not count it. `null`: it does, but the value
 * is unknown now. Never 0 or NaN for what is unknown.
 */
export interface Totals {
  readonly from: number;
  readonly to: number;
  /** Requests that were offered, served or not. */
  readonly requests?: number | null;
  /** Of these, slow or failed ones. */
  readonly bad?: number | null;
  /** Work that waits or is under way, in the source's unit: messages of a queue, open requests. */
  readonly demand?: number | null;
  /** Demand that one server handles at full load, in the same unit; absent: learned. */
  readonly capacity?: number;
}

/** What stands at a provider. */
export interface ProviderState {
  readonly servers: readonly Server[];
  /** The count that the provider itself is heading for, however few it lists by now; `null` where it states none. */
  readonly desired: number | null;
  /**
   * A request is only published here, and another system carries it out in its own time: the count that was requested
   * last is in force, however many servers are listed. `desired` is then of no meaning where servers are read.
   */
  readonly published?: true;
}

export interface ServerCounts {
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  /** Those that count towards the desired count: that take load, and that soon will. */
  readonly total: number;
}

export function countServers(servers: readonly Pick<Server, 'state'>[]): ServerCounts {
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
