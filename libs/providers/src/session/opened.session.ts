import {
  type Blocked,
  type Call,
  type ChangeCall,
  type ConnectionReport,
  type HandOver,
  type ProviderCluster,
  ProviderError,
  type ProviderState,
  type Reading,
  type Readings,
  type Sample,
  type Server,
  type ServerState,
  type Session,
  type WorkloadList,
  type WorkloadQuery,
} from '../sdk/index.js';
import { checkedWorkloads } from './checked-workloads.js';
import { checkedHandOver } from './checked-hand-over.js';
import type { WholeSession } from './whole-session.js';
import { lineOf } from '../http/cut.js';

/** Characters of an id. */
const LONGEST_ID = 512;
/** A provider that states more than this is not believed. */
const MOST_SERVERS = 1_000_000;

/** What is kept out of errors. */
interface Discretion {
  readonly any: boolean;
  masked(text: string): string;
}

const NO_SECRETS: Discretion = { any: false, masked: (text) => text };

/** Rights that a report lists. */
const MOST_MISSING = 100;

const STATES: ReadonlySet<unknown> = new Set<ServerState>(['PROVISIONING', 'ACTIVE', 'DRAINING', 'TERMINATED']);

/**
 * A session that is opened when it is first needed, makes the clusters that it does not know, and is believed only what can be kept: ids
 * that the database stores, states that there are, counts that are possible, messages of one line. What it throws is a `ProviderError`.
 */
export class OpenedSession implements WholeSession {
  private opened: Promise<Session> | null = null;

  /** @param secrets of the connection, which nothing that it throws may hold */
  constructor(
    private readonly open: () => Promise<Session>,
    private readonly secrets: Discretion = NO_SECRETS,
  ) {}

  async read(clusters: readonly ProviderCluster[], call: Call): Promise<Readings> {
    return this.ask(async (session) => {
      const readings = await this.readChecked(session, clusters, call);
      const unknown = clusters.filter(({ id }) => isNotFound(readings.get(id)));
      if (unknown.length === 0 || session.ensure === undefined) return readings;
      const made = await this.make(session, unknown, call, readings);
      if (made.length === 0) return readings;
      return new Map([...readings, ...(await this.readChecked(session, made, call))]);
    });
  }

  async setDesired(cluster: ProviderCluster, count: number, call: ChangeCall): Promise<ProviderState> {
    return this.ask(async (session) => {
      const { servers, desired } = await scale(session, cluster, count, call).catch(async (error: unknown) => {
        if (!isNotFound(error) || session.ensure === undefined) throw error;
        await session.ensure(cluster, call);
        return scale(session, cluster, count, call);
      });
      checkState(servers, desired);
      return { servers: withLines(servers, (text) => this.line(text)), desired };
    });
  }

  /** What a test of the connection finds; `null` where the session has no test of its own, and was only opened. */
  async check(call: Call): Promise<ConnectionReport | null> {
    return this.ask(async (session) => {
      if (session.check === undefined) return null;
      const { identity, version, missing } = await session.check(call);
      return {
        identity: identity === null ? null : this.line(identity),
        version: version === null ? null : this.line(version),
        missing: missing.slice(0, MOST_MISSING).map(({ right, neededFor }) => ({ right: this.line(right), neededFor })),
      };
    });
  }

  /** What could be scaled there; `null` where the session does not list it. */
  async workloads(query: WorkloadQuery, call: Call): Promise<WorkloadList | null> {
    return this.ask(async (session) => {
      if (session.workloads === undefined) return null;
      return checkedWorkloads(await session.workloads(query, call), query, (text) => this.line(text));
    });
  }

  /** @throws ProviderError `refused` where the provider has nothing that could be taken over */
  async handOver(
    way: 'takeOver' | 'handBack',
    cluster: ProviderCluster,
    apply: boolean,
    call: Call,
  ): Promise<HandOver> {
    return this.ask(async (session) => {
      if (session[way] === undefined)
        throw new ProviderError('refused', 'the provider knows nothing else that scales these servers');
      const handOver = await session[way](cluster, apply, call);
      return checkedHandOver(
        handOver,
        (text) => this.line(text),
        (text) => this.secrets.masked(text),
      );
    });
  }

  /** See `Session.renew`. */
  async renew(cluster: ProviderCluster, call: Call): Promise<void> {
    await this.ask(async (session) => session.renew?.(cluster, call));
  }

  /** Closes the session; the next call opens another one. */
  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await (await opened)?.close();
  }

  /** @param readings where the reason is kept that a cluster could not be made */
  private async make(
    session: Session,
    clusters: readonly ProviderCluster[],
    call: Call,
    readings: Map<string, Reading | ProviderError>,
  ): Promise<readonly ProviderCluster[]> {
    const made = clusters.map(async (cluster) => {
      try {
        await session.ensure?.(cluster, call);
        return [cluster];
      } catch (error) {
        // The second `not_found` adds nothing.
        if (!isNotFound(error)) readings.set(cluster.id, this.masked(error));
        return [];
      }
    });
    return (await Promise.all(made)).flat();
  }

  private async ask<T>(work: (session: Session) => Promise<T>): Promise<T> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = null;
      throw error;
    });
    try {
      return await work(await this.opened);
    } catch (error) {
      throw this.masked(error);
    }
  }

  /** Masked before it is cut, so that no part of a secret is left at the end. */
  private line(text: unknown): string {
    return lineOf(this.secrets.masked(String(text)));
  }

  private async readChecked(
    session: Session,
    clusters: readonly ProviderCluster[],
    call: Call,
  ): Promise<Map<string, Reading | ProviderError>> {
    const answer = await session.read(clusters, call);
    return new Map(clusters.map((cluster) => [cluster.id, this.checked(answer.get(cluster.id), cluster)]));
  }

  /** The reading, or what is wrong with it; a part that cannot be is replaced by its error. */
  private checked(stated: Reading | ProviderError | undefined, cluster: ProviderCluster): Reading | ProviderError {
    if (stated === undefined) return new ProviderError('invalid', 'the answer leaves the cluster out');
    if (stated instanceof ProviderError) return this.masked(stated);
    const reading = checkParts(this.inWords(stated), cluster);
    const { servers, samples } = reading;
    const hasError = servers instanceof ProviderError || samples instanceof ProviderError;
    if (!this.secrets.any || !hasError) return reading;
    return {
      ...reading,
      ...(servers instanceof ProviderError ? { servers: this.masked(servers) } : {}),
      ...(samples instanceof ProviderError ? { samples: this.masked(samples) } : {}),
    };
  }

  /** What a provider says in words, as it can be stored and shown. */
  private inWords(reading: Reading): Reading {
    const { blocked = null, theirs = null, outerBounds = null, setBy = null, incomplete = null, servers } = reading;
    const line = (text: unknown): string => this.line(text);
    return {
      ...reading,
      ...(blocked === null ? {} : { blocked: withLine(blocked, line) }),
      ...(theirs === null ? {} : { theirs: isCount(theirs.desired) ? { ...theirs, by: line(theirs.by) } : null }),
      ...(setBy === null ? {} : { setBy: line(setBy) }),
      ...(outerBounds === null ? {} : { outerBounds: { ...outerBounds, by: line(outerBounds.by) } }),
      ...(incomplete === null ? {} : { incomplete: line(incomplete) }),
      ...(Array.isArray(servers) ? { servers: withLines(servers as readonly Server[], line) } : {}),
    };
  }

  /** An error that can be logged, stored and shown, without a secret in it: what a library threw may quote a request. */
  private masked(thrown: unknown): ProviderError {
    if (!this.secrets.any) return toProviderError(thrown);
    const message = this.secrets.masked(thrown instanceof Error ? thrown.message : String(thrown));
    return toProviderError(new ProviderError(thrown instanceof ProviderError ? thrown.code : 'invalid', message));
  }
}

async function scale(
  session: Session,
  cluster: ProviderCluster,
  count: number,
  call: ChangeCall,
): Promise<ProviderState> {
  if (session.setDesired === undefined) throw new ProviderError('refused', 'the provider scales nothing');
  return session.setDesired(cluster, count, call);
}

function isNotFound(outcome: unknown): boolean {
  return outcome instanceof ProviderError && outcome.code === 'not_found';
}

function withLine({ by, reason, limit }: Blocked, line: (text: unknown) => string): Blocked {
  const bounded =
    limit !== undefined && isCount(limit.servers) ? { limit: { ...limit, field: line(limit.field) } } : {};
  return { by: line(by), reason: line(reason), ...bounded };
}

/** Few servers wait, and few readings have one that does. */
function withLines(servers: readonly Server[], line: (text: unknown) => string): readonly Server[] {
  if (!servers.some(waits)) return servers;
  return servers.map((server) => (waits(server) ? { ...server, waitsFor: line(server.waitsFor) } : server));
}

function waits(server: Server | null): boolean {
  return (server?.waitsFor ?? null) !== null;
}

function checkParts(reading: Reading, { target, metrics }: ProviderCluster): Reading {
  const wrongServers = target === null ? null : faultOf(() => checkState(reading.servers, reading.desired));
  const wrongSamples = metrics === null ? null : faultOf(() => checkSamples(reading.samples));
  if (wrongServers === null && wrongSamples === null) return reading;
  return {
    ...reading,
    ...(wrongServers === null ? {} : { servers: wrongServers }),
    ...(wrongSamples === null ? {} : { samples: wrongSamples }),
  };
}

function faultOf(check: () => void): ProviderError | null {
  try {
    check();
    return null;
  } catch (error) {
    return toProviderError(error);
  }
}

function checkState(servers: Reading['servers'], desired: number | null | undefined): void {
  if (servers instanceof ProviderError) throw servers;
  if (!Array.isArray(servers)) throw new ProviderError('invalid', 'the answer lists no servers');
  for (const server of servers as readonly (Server | null | undefined)[]) {
    if (!isServerId(server?.id) || !STATES.has(server?.state))
      throw new ProviderError('invalid', 'the answer lists a server without id or state');
  }
  if (desired === null || desired === undefined) return;
  if (!isCount(desired)) throw new ProviderError('invalid', `the desired count cannot be ${String(desired)}`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MOST_SERVERS;
}

function checkSamples(samples: Reading['samples']): void {
  if (samples instanceof ProviderError) throw samples;
  const isList =
    Array.isArray(samples) && samples.every((sample: Partial<Sample> | null) => isServerId(sample?.serverId));
  if (!isList) throw new ProviderError('invalid', 'the answer has no samples, or one without a server');
}

/** Ids are stored and shown; the database takes no control characters and no halves of characters. */
function isServerId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** Any thrown value, as an error that can be logged, stored and shown. */
export function toProviderError(error: unknown): ProviderError {
  const isOurs = error instanceof ProviderError;
  const message = error instanceof Error ? error.message : String(error);
  const line = lineOf(message);
  if (isOurs && line === message) return error;
  return new ProviderError(isOurs ? error.code : 'invalid', line, { cause: error });
}
