import type { AppConfig } from '#config';

/** Logins that a connection may try until one is accepted: a page whose login has ended sends the next one on the same connection. */
const MOST_ATTEMPTS = 5;

/** Connections that may be open at once, in this process. */
export interface AdmissionLimits {
  /** Logged in, in total. */
  readonly users: number;
  /** Logged in, of one account. */
  readonly perUser: number;
  /** Not logged in, in total. */
  readonly anonymous: number;
  /** Not logged in, of one address. */
  readonly perAddress: number;
}

/** A counted connection. */
export interface Connection {
  /** Closes it at once; pending messages are dropped. */
  close(discard: boolean): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Counts connections. Those without a login have a separate limit. Above it, the one that has waited longest is closed:
 * a client logs in within milliseconds, so it gets through while others open idle connections.
 */
export class Admission {
  private readonly anonymous = new Groups();
  private readonly users = new Groups();
  private readonly attempts = new WeakMap<Connection, number>();

  constructor(private readonly limits: AdmissionLimits) {}

  static of({ websocket }: AppConfig): Admission {
    const { maxConnections, maxPerUser, maxAnonymous, maxAnonymousPerAddress } = websocket;
    return new Admission({
      users: maxConnections,
      perUser: maxPerUser,
      anonymous: maxAnonymous,
      perAddress: maxAnonymousPerAddress,
    });
  }

  /** Connections that have not logged in. */
  get waiting(): number {
    return this.anonymous.size;
  }

  /** Counts a connection that was opened from that address. */
  open(connection: Connection, address: string): void {
    const neighbors = this.anonymous.of(address);
    if (neighbors.size >= this.limits.perAddress) this.makeRoom(neighbors);
    if (this.anonymous.size >= this.limits.anonymous) this.makeRoom(this.anonymous.all());
    this.anonymous.add(connection, address);
    connection.once('close', () => {
      this.anonymous.remove(connection);
      this.users.remove(connection);
    });
  }

  /**
   * Admits a login attempt; verifying one costs CPU.
   *
   * @returns `false` where the connection is logged in already, or has tried too often
   */
  mayLogIn(connection: Connection): boolean {
    const attempts = (this.attempts.get(connection) ?? 0) + 1;
    this.attempts.set(connection, attempts);
    return attempts <= MOST_ATTEMPTS && !this.users.has(connection);
  }

  /**
   * Counts the connection as one of that account.
   *
   * @returns `false` where the limit of users is reached; the connection then stays without a login
   */
  logIn(connection: Connection, account: string): boolean {
    if (
      this.users.has(connection) ||
      this.users.size >= this.limits.users ||
      this.users.of(account).size >= this.limits.perUser
    )
      return false;
    this.anonymous.remove(connection);
    this.users.add(connection, account);
    return true;
  }

  private makeRoom(oldestFirst: Iterable<Connection>): void {
    const [oldest] = oldestFirst;
    if (oldest === undefined) return;
    this.anonymous.remove(oldest);
    oldest.close(true);
  }
}

/** Connections by what they have in common, each in one group; the oldest first. */
class Groups {
  private readonly keys = new Map<Connection, string>();
  private readonly members = new Map<string, Set<Connection>>();

  get size(): number {
    return this.keys.size;
  }

  has(connection: Connection): boolean {
    return this.keys.has(connection);
  }

  all(): Iterable<Connection> {
    return this.keys.keys();
  }

  of(key: string): ReadonlySet<Connection> {
    return this.members.get(key) ?? new Set();
  }

  add(connection: Connection, key: string): void {
    this.keys.set(connection, key);
    const group = this.members.get(key) ?? new Set();
    this.members.set(key, group.add(connection));
  }

  remove(connection: Connection): void {
    const key = this.keys.get(connection);
    if (key === undefined) return;
    this.keys.delete(connection);
    const group = this.members.get(key);
    group?.delete(connection);
    if (group?.size === 0) this.members.delete(key);
  }
}
