import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import type { EntityManager } from 'typeorm';
import { ClusterAccess, ClusterRepository, ClustersModule } from '#clusters';
import type { Cluster, ClusterReading, StatusMark } from '#clusters';
import { ConfigModule, configOf } from '#config';
import { ManualClock } from '#config/testing';
import type { Database } from '#database';
import { TestDatabaseModule } from '#database/testing';
import type { Sample, Step } from '#engine';
import { traceId } from '#tracing';
import { Partitions, SinglePartitions } from '#partitions';
import {
  AddressGuard,
  ConnectionDirectory,
  ProviderError,
  ProviderRegistry,
  ProviderSessions,
  ProvidersModule,
} from '#providers';
import type { ResilienceOptions } from '#providers';
import type { ProviderDefinition, Session, Totals } from '#providers/sdk';
import { clustersIn } from '../../clusters/test/in-database.js';
import { inProcessProvider } from '../../providers/test/in-process.definition.js';
import { InProcessSession } from '../../providers/test/in-process.provider.js';
import { NO_SECRETS, silentMetrics } from '../../providers/test/silent-metrics.js';
import { Census } from '../src/brakes/census.js';
import type { Neighbor } from '../src/brakes/census.js';
import type { PolicyRole } from '../src/decisions/policy-role.js';
import { LiveBus } from '../src/live-events/live-bus.js';
import type { LiveEvents, LiveTopic } from '../src/live-events/live-events.js';
import type { ClusterMemory } from '../src/loop/cluster-memory.js';
import { ClusterRegistry } from '../src/loop/cluster-registry.js';
import { LoopHealth } from '../src/loop/loop-health.js';
import { LoopLog } from '../src/loop/loop-log.js';
import { LOOP_OPTIONS } from '../src/loop/loop-options.js';
import type { LoopOptions } from '../src/loop/loop-options.js';
import { LoopRunner } from '../src/loop/loop-runner.js';
import { LoopModule } from '../src/loop/loop.module.js';
import { Recorder } from '../src/loop/recorder.js';
import { statesIn } from './in-database.js';
import { ReportedSession } from './reported.session.js';

export const INTERVAL_MS = 10_000;
export const OWNER = '00000000-0000-4000-8000-000000000001';
const TOPICS: readonly LiveTopic[] = [
  'metrics',
  'cluster_state',
  'decision',
  'scaling_event',
  'forecast',
  'alert',
  'backtest',
];

type AnyLiveEvent = LiveEvents[LiveTopic];

/**
 * Everything around the loop that outlives a process: database, providers, time. The database is real; clusters are
 * simulated in this process, and metrics are read from the simulation.
 */
export class Surroundings {
  /** Stored connections, of which there are none. */
  readonly connections = { revision: 0, refresh: async () => undefined };
  readonly clock = new ManualClock();
  readonly target = new InProcessSession(this.clock);
  /** Clusters whose metrics cannot be read. */
  readonly silent = new Set<string>();
  /** Samples that sources report instead of the true ones. */
  readonly reports = new Map<string, readonly Sample[]>();
  /** Requests per second that sources count for a whole cluster, and of these the slow or failed ones. */
  readonly counted = new Map<string, Pick<Totals, 'requests' | 'bad'>>();
  private readonly clusters = new Map<string, Cluster>();
  private changes = 1;
  alerts = { webhookUrl: '', webhookSecret: '', allowedUrls: [] as string[] };

  constructor(readonly dataSource: Database) {}

  /** By default, a cluster of two servers that only a hold scales. */
  async addCluster(definition: Partial<Cluster> = {}): Promise<Cluster> {
    const cluster: Cluster = {
      id: randomUUID(),
      ownerId: OWNER,
      name: 'web',
      bounds: { min: 1, max: 10 },
      policy: { mode: 'act' },
      candidate: null,
      provider: { type: 'in_process' },
      config: { intervalMs: INTERVAL_MS },
      status: 'active',
      statusReason: null,
      conflictsWith: null,
      hold: null,
      createdAt: this.clock.now(),
      updatedAt: this.clock.now(),
      deletedAt: null,
      ...definition,
    };
    await this.dataSource.query(
      `INSERT INTO users (id, username, password_hash, role) VALUES ($1, 'owner', '-', 'admin') ON CONFLICT DO NOTHING`,
      [OWNER],
    );
    await this.dataSource.query(
      `INSERT INTO clusters (id, owner_id, name, min_servers, max_servers, policy, provider, status)
        VALUES ($1::uuid, $2, $1::uuid::text, $3, $4, '{}', '{}', 'active')`,
      [cluster.id, OWNER, cluster.bounds.min, cluster.bounds.max],
    );
    this.clusters.set(cluster.id, cluster);
    this.target.add(cluster.id);
    return cluster;
  }

  /** A change as an API call would make it. */
  async change(id: string, change: Partial<Cluster>): Promise<void> {
    const cluster = this.clusters.get(id);
    if (cluster === undefined) throw new Error(`there is no cluster ${id}`);
    this.changes += 1;
    const changed = { ...cluster, ...change, updatedAt: cluster.updatedAt + this.changes };
    await this.dataSource.query(`UPDATE clusters SET status = $2, deleted_at = $3 WHERE id = $1`, [
      id,
      changed.status,
      changed.deletedAt === null ? null : new Date(changed.deletedAt),
    ]);
    this.clusters.set(id, changed);
  }

  async hold(id: string, desired: number, forMs = 3_600_000): Promise<void> {
    await this.change(id, { hold: { desired, until: this.clock.now() + forMs, by: 'alice' } });
  }

  async listActive(): Promise<ClusterReading> {
    return this.read(({ deletedAt }) => deletedAt === null);
  }

  async changedSince(since: number): Promise<ClusterReading> {
    return this.read(({ updatedAt }) => updatedAt >= since);
  }

  /** Response of a cluster's metric source. */
  samplesOf(id: string): readonly Sample[] | ProviderError {
    if (this.silent.has(id)) return new ProviderError('unreachable', 'no answer in time');
    return this.reports.get(id) ?? this.target.samplesOf(id);
  }

  totalsOf(id: string): Totals | null {
    const now = this.clock.now();
    const counted = this.counted.get(id);
    return counted === undefined ? null : { from: now - 1000, to: now, ...counted };
  }

  /** All clusters, as the service sees them. */
  async census(): Promise<readonly Neighbor[]> {
    const live = [...this.clusters.values()].filter(({ deletedAt }) => deletedAt === null);
    const tickedAt = await statesIn(this.dataSource).tickedAt(live.map(({ id }) => id));
    return live.map(({ id }) => ({ clusterId: id, endpoint: 'here', tickedAt: tickedAt.get(id) ?? null }));
  }

  async mark(marks: readonly StatusMark[], manager: EntityManager): Promise<void> {
    await clustersIn(this.dataSource).mark(marks, manager);
  }

  /** Its clock is the time of the newest change. */
  private async read(wanted: (cluster: Cluster) => boolean): Promise<ClusterReading> {
    await this.dataSource.query('SELECT 1');
    const all = [...this.clusters.values()];
    return { clusters: all.filter(wanted), asOf: Math.max(0, ...all.map(({ updatedAt }) => updatedAt)) };
  }

  async decisions(clusterId: string, role: PolicyRole = 'acting'): Promise<DecisionRecord[]> {
    return this.dataSource.query(
      `SELECT at, action, current, desired, code, reason, policy, steps FROM decisions WHERE cluster_id = $1 AND policy_role = $2 ORDER BY at`,
      [clusterId, role],
    );
  }

  async events(clusterId: string): Promise<EventRecord[]> {
    return this.dataSource.query(
      `SELECT action, servers_before, servers_after, desired, outcome, error FROM scaling_events
        WHERE cluster_id = $1 ORDER BY at`,
      [clusterId],
    );
  }
}

export interface DecisionRecord {
  readonly at: Date;
  readonly action: string;
  readonly current: number;
  readonly desired: number;
  readonly code: string;
  readonly reason: string;
  readonly policy: string;
  readonly steps: readonly Pick<Step, 'stage' | 'code' | 'data'>[];
}

export interface EventRecord {
  readonly action: string;
  readonly servers_before: number;
  readonly servers_after: number | null;
  readonly desired: number;
  readonly outcome: string;
  readonly error: string | null;
}

export interface ProcessOptions extends Partial<Pick<LoopOptions, 'bufferTicks' | 'patienceMs'>> {
  readonly target?: Session;
  /** Overrides of the provider's declaration. */
  readonly provider?: Partial<ProviderDefinition>;
  readonly resilience?: Partial<ResilienceOptions>;
  readonly partitions?: Partitions;
  /** Folder of the journal of intents; default: there is none. */
  readonly journalDir?: string;
  readonly journalLimit?: string;
}

/** No circuit breaker: a failing provider is called at each tick. */
const PATIENT: ResilienceOptions = {
  reading: { timeoutMs: 60_000, retries: 0 },
  scaling: { timeoutMs: 60_000, retries: 0 },
  breakAfter: Number.POSITIVE_INFINITY,
  breakMs: 0,
  connections: 1000,
};

/** One process of the service; its memory ends with it. */
export class LoopProcess {
  readonly told: AnyLiveEvent[] = [];
  readonly problems: string[] = [];
  /** The trace id of each logged problem. */
  readonly traces: (string | undefined)[] = [];
  private module!: TestingModule;

  private constructor(private readonly around: Surroundings) {}

  /** The service's own loop, with stubs around it. */
  static async create(around: Surroundings, options: ProcessOptions = {}): Promise<LoopProcess> {
    const process = new LoopProcess(around);
    const {
      target = around.target,
      partitions = new SinglePartitions(),
      resilience = {},
      bufferTicks = 1000,
      patienceMs = 1000,
      journalDir = '',
      journalLimit = journalDir === '' ? '0' : '15m',
    } = options;
    const loopOptions: LoopOptions = {
      limit: 8,
      patienceMs,
      bufferTicks,
      intervalMs: INTERVAL_MS,
      maxSampleAgeMs: 3 * INTERVAL_MS,
    };
    const provider = inProcessProvider(new ReportedSession(target, around), options.provider);
    const patience = { ...PATIENT, ...resilience };
    const registry = new ProviderRegistry([provider]);
    const guard = new AddressGuard([]);
    const providers = new ProviderSessions(registry, patience, silentMetrics(), around.clock, guard, NO_SECRETS);
    const journal = {
      'database.data_dir': 'memory',
      'scaler.journal_dir': journalDir,
      'scaler.journal_limit': journalLimit,
    };
    const config = { ...configOf(journal), alerts: around.alerts };
    process.module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot(config, around.clock), TestDatabaseModule.of(around), LoopModule],
    })
      .overrideModule(ClustersModule)
      .useModule(StandIn.with([ClusterRepository, around], [ClusterAccess, {}]))
      .overrideModule(ProvidersModule)
      .useModule(
        StandIn.with(
          [ProviderSessions, providers],
          [ConnectionDirectory, around.connections],
          [ProviderRegistry, registry],
        ),
      )
      .overrideProvider(Partitions)
      .useValue(partitions)
      .overrideProvider(Census)
      .useValue({ take: async () => around.census() })
      .overrideProvider(LOOP_OPTIONS)
      .useValue(loopOptions)
      .overrideProvider(LoopLog)
      .useValue({ problem: (message: string) => process.note(message), alert: () => undefined })
      .compile();
    const bus = process.get(LiveBus);
    for (const topic of TOPICS) bus.on(topic, (event) => process.told.push(event));
    return process;
  }

  /** A provider of the module, to inspect or to stub. */
  get<T>(token: Type<T>): T {
    return this.module.get(token, { strict: false });
  }

  get loop(): LoopRunner {
    return this.get(LoopRunner);
  }

  get providers(): ProviderSessions {
    return this.get(ProviderSessions);
  }

  get registry(): ClusterRegistry {
    return this.get(ClusterRegistry);
  }

  get recorder(): Recorder {
    return this.get(Recorder);
  }

  get health(): LoopHealth {
    return this.get(LoopHealth);
  }

  /** One wake with the next tick of every cluster, one interval later. */
  async tick(times = 1): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      this.around.clock.advance(INTERVAL_MS);
      await this.loop.wake();
    }
  }

  private note(problem: string): void {
    this.problems.push(problem);
    this.traces.push(traceId());
  }

  /** The memory of a cluster. @throws Error if the cluster is unknown */
  memory(clusterId: string): ClusterMemory {
    const known = this.registry.get(clusterId);
    if (known === undefined) throw new Error(`cluster ${clusterId} is not ticked`);
    return known.memory;
  }

  /** All alerts except those for large changes, which most holds of two servers cause. */
  alerts(): string[] {
    return this.told.flatMap((event) =>
      event.type === 'alert' && event.data.code !== 'large_change' ? [`${event.data.code} ${event.data.state}`] : [],
    );
  }
}

type Token = abstract new (...args: never[]) => unknown;

@Module({})
class StandIn {
  /** Replaces a module by one with these values. */
  static with(...values: readonly (readonly [Token, object])[]): DynamicModule {
    const providers = values.map(([provide, useValue]) => ({ provide, useValue }) as Provider);
    return { module: StandIn, providers, exports: providers };
  }
}

/** Makes the database reject the cluster's ticks: PostgreSQL's text type has no NUL. */
export function poison({ providers }: LoopProcess, clusterId: string): void {
  const poll = providers.poll.bind(providers);
  jest.spyOn(providers, 'poll').mockImplementation((clusters, signal) => {
    const read = poll(clusters, signal);
    return async (one) => {
      const reading = await read(one);
      const isPoisoned = one.cluster.id === clusterId;
      return isPoisoned ? { ...reading, provider: new ProviderError('unreachable', 'no\0answer') } : reading;
    };
  });
}
