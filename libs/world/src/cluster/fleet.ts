import type { ServerState } from '#engine';
import { Random, type RandomState } from '../random.js';
import { type DurationDraw, drawDuration } from './duration.js';

/** Why a server was terminated. */
export type EndCause = 'cancelled' | 'drained' | 'crashed';

/** A server in the simulation. Times are milliseconds of virtual time. */
export interface ServerRecord {
  readonly id: string;
  /** Servers of a cluster are numbered from 1; numbers are never reused. */
  readonly number: number;
  readonly state: ServerState;
  readonly createdAt: number;
  readonly activeAt: number | null;
  readonly terminatedAt: number | null;
  readonly cause: EndCause | null;
  /** When the server becomes active, fails or has drained, depending on its state; `null`: never on its own. */
  readonly dueAt: number | null;
  /** Memory offset in points relative to the cluster's when it became active; decays. */
  readonly memoryOffset: number;
}

/** Durations in a server's life. */
export interface FleetTimes {
  readonly provisioning: DurationDraw;
  readonly draining: DurationDraw;
  /** Time from becoming active to failing; `null`: servers do not fail on their own. */
  readonly failure: DurationDraw | null;
}

export interface FleetCounts {
  readonly provisioning: number;
  readonly active: number;
  readonly draining: number;
}

/** A fleet as plain JSON. */
export interface FleetSnapshot {
  readonly desired: number;
  readonly lastNumber: number;
  readonly servers: readonly ServerRecord[];
  readonly terminated: readonly ServerRecord[];
  readonly random: RandomState;
}

type MutableServer = { -readonly [K in keyof ServerRecord]: ServerRecord[K] };

/** Terminated servers that are kept, newest last. */
const TERMINATED_KEPT = 20;

/** The servers of one cluster and their life cycle. Random draws depend only on the order of commands. */
export class Fleet {
  private readonly servers: MutableServer[];
  private terminated: MutableServer[];
  private lastNumber: number;
  private desiredCount: number;
  private tally: FleetCounts = { provisioning: 0, active: 0, draining: 0 };
  private next = Infinity;

  private constructor(
    private readonly clusterId: string,
    private readonly times: FleetTimes,
    private readonly random: Random,
    snapshot: Omit<FleetSnapshot, 'random'>,
  ) {
    this.desiredCount = snapshot.desired;
    this.lastNumber = snapshot.lastNumber;
    this.servers = snapshot.servers.map((server) => ({ ...server }));
    this.terminated = snapshot.terminated.map((server) => ({ ...server }));
    this.refresh();
  }

  /** A fleet of `count` servers that are active from `at` on. */
  static started(clusterId: string, times: FleetTimes, seed: number, count: number, at: number): Fleet {
    const empty = { desired: count, lastNumber: 0, servers: [], terminated: [] };
    const fleet = new Fleet(clusterId, times, Random.seeded(seed), empty);
    for (let started = 0; started < count; started++) fleet.activate(fleet.create(at), at);
    fleet.refresh();
    return fleet;
  }

  static restored(clusterId: string, times: FleetTimes, snapshot: FleetSnapshot): Fleet {
    return new Fleet(clusterId, times, Random.restored(snapshot.random), snapshot);
  }

  /** The last desired count. */
  get desired(): number {
    return this.desiredCount;
  }

  get counts(): FleetCounts {
    return this.tally;
  }

  /** When a server next changes on its own; `Infinity`: never. */
  get nextEventAt(): number {
    return this.next;
  }

  /** Existing servers, oldest first. */
  get living(): readonly ServerRecord[] {
    return this.servers;
  }

  /** The last terminated servers, oldest first. */
  get ended(): readonly ServerRecord[] {
    return this.terminated;
  }

  /**
   * Processes all events due at `at`.
   * @param memoryOffset initial offset of a server that becomes active
   */
  settle(at: number, memoryOffset: number): void {
    const due = this.servers.filter((server) => server.dueAt !== null && server.dueAt <= at);
    due.sort((one, other) => one.dueAt! - other.dueAt! || one.number - other.number);
    for (const server of due) {
      switch (server.state) {
        case 'PROVISIONING':
          this.activate(server, at);
          server.memoryOffset = memoryOffset;
          break;
        case 'ACTIVE':
          this.end(server, at, 'crashed');
          break;
        case 'DRAINING':
          this.end(server, at, 'drained');
          break;
        case 'TERMINATED':
          break;
      }
    }
    this.refresh();
  }

  /**
   * Moves towards `count` active and provisioning servers: requests missing ones, or cancels the newest provisioning
   * ones and then drains the newest active ones.
   * @param granted maximum number of new servers
   */
  setDesired(count: number, at: number, granted = Infinity): void {
    this.desiredCount = count;
    const present = this.tally.active + this.tally.provisioning;
    for (let asked = 0; asked < Math.min(count - present, granted); asked++) {
      this.create(at).dueAt = at + drawDuration(this.times.provisioning, this.random);
    }
    for (let surplus = present - count; surplus > 0; surplus--) this.removeOne(at);
    this.refresh();
  }

  /** Terminates `count` randomly selected active servers at once; returns their ids. */
  crash(count: number, at: number): string[] {
    const crashed: string[] = [];
    while (crashed.length < count) {
      const active = this.servers.filter((server) => server.state === 'ACTIVE');
      const victim = active[Math.floor(this.random.next() * active.length)];
      if (!victim) break;
      this.end(victim, at, 'crashed');
      crashed.push(victim.id);
    }
    this.refresh();
    return crashed;
  }

  snapshot(): FleetSnapshot {
    return {
      desired: this.desiredCount,
      lastNumber: this.lastNumber,
      servers: this.servers.map((server) => ({ ...server })),
      terminated: this.terminated.map((server) => ({ ...server })),
      random: this.random.state(),
    };
  }

  private create(at: number): MutableServer {
    const number = ++this.lastNumber;
    const server: MutableServer = {
      id: `${this.clusterId}-${number}`,
      number,
      state: 'PROVISIONING',
      createdAt: at,
      activeAt: null,
      terminatedAt: null,
      cause: null,
      dueAt: at,
      memoryOffset: 0,
    };
    this.servers.push(server);
    return server;
  }

  private activate(server: MutableServer, at: number): void {
    server.state = 'ACTIVE';
    server.activeAt = at;
    server.dueAt = this.times.failure === null ? null : at + drawDuration(this.times.failure, this.random);
  }

  private removeOne(at: number): void {
    const unborn = this.servers.findLast((server) => server.state === 'PROVISIONING');
    if (unborn) {
      this.end(unborn, at, 'cancelled');
      return;
    }
    const newest = this.servers.findLast((server) => server.state === 'ACTIVE');
    if (!newest) return;
    newest.state = 'DRAINING';
    newest.dueAt = at + drawDuration(this.times.draining, this.random);
  }

  private end(server: MutableServer, at: number, cause: EndCause): void {
    server.state = 'TERMINATED';
    server.terminatedAt = at;
    server.cause = cause;
    server.dueAt = null;
    this.servers.splice(this.servers.lastIndexOf(server), 1);
    this.terminated = [...this.terminated, server].slice(-TERMINATED_KEPT);
  }

  private refresh(): void {
    let [provisioning, active, draining, next] = [0, 0, 0, Infinity];
    for (const { state, dueAt } of this.servers) {
      if (state === 'PROVISIONING') provisioning++;
      else if (state === 'ACTIVE') active++;
      else draining++;
      if (dueAt !== null && dueAt < next) next = dueAt;
    }
    this.tally = { provisioning, active, draining };
    this.next = next;
  }
}
