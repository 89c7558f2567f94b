import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Cluster, ClusterReading } from '#clusters';
import { ManualClock } from '#config/testing';
import type { Sample, Step } from '#engine';
import { traceId } from '#tracing';
import { type CollectResult } from '#providers';
import { ObservationHistory, ObservationStore, SampleStore } from '#metrics';
import { DecisionStore } from '../src/decisions/decision.store.js';
import type { PolicyRole } from '../src/decisions/policy-role.js';
import { LiveBus } from '../src/events.js';
import type { LiveEvents, LiveTopic } from '../src/events.js';
import { ForecastStore } from '../src/forecasts/forecast.store.js';
import { Brakes } from '../src/brakes/brakes.js';
import type { Neighbor } from '../src/brakes/brakes.js';
import { FreezeStore } from '../src/brakes/freeze.store.js';
import { RemovalProposalStore } from '../src/brakes/removal-proposal.store.js';
import { Actor } from '../src/loop/actor.js';
import { Broadcaster } from '../src/loop/broadcaster.js';
import type { ClusterMemory } from '../src/loop/cluster-memory.js';
import { ClusterModelStore } from '../src/loop/cluster-model.store.js';
import { ClusterDefinitions } from '../src/loop/cluster-definitions.js';
import { ClusterRegistry } from '../src/loop/cluster-registry.js';
import { ClusterStateStore } from '../src/loop/cluster-state.store.js';
import { LoopHealth } from '../src/loop/loop-health.js';
import { LoopMetrics } from '../src/loop/loop-metrics.js';
import { ModelMemory } from '../src/loop/model-memory.js';
import { ModelRecall } from '../src/loop/model-recall.js';
import { Recorder } from '../src/loop/recorder.js';
import { TickedPartitions } from '../src/loop/ticked-partitions.js';
import { TickLoop } from '../src/loop/tick-loop.js';
import { ScalingEventStore } from '../src/scaling-events/scaling-event.store.js';
import { PartitionStore, SinglePartitions } from '#partitions';
import type { Partitions } from '#partitions';
import type { ScaleTarget } from '#providers';
import { InProcessScaleTarget } from '../../providers/test/in-process.scale-target.js';
import { AlertDeliveryStore } from '../src/webhooks/alert-delivery.store.js';
import { AlertOutbox } from '../src/webhooks/alert-outbox.js';

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
 * What surrounds the loop and outlives a process: the database, the providers, the time. The database is real; clusters
 * are simulated in this process; metrics are read from the simulation.
 */
export class Surroundings {
  readonly clock = new ManualClock();
  readonly target = new InProcessScaleTarget(this.clock);
  /** Clusters whose metrics cannot be read. */
  readonly silent = new Set<string>();
  /** What sources report instead of what is true. */
  readonly reports = new Map<string, readonly Sample[]>();
  private readonly clusters = new Map<string, Cluster>();
  private changes = 1;
  alerts = { webhookUrl: '', webhookSecret: '', allowedUrls: [] as string[] };

  constructor(readonly dataSource: DataSource) {}

  /** A cluster of two servers that nothing but a hold scales, unless told otherwise. */
  async addCluster(definition: Partial<Cluster> = {}): Promise<Cluster> {
    const cluster: Cluster = {
      id: randomUUID(),
      ownerId: OWNER,
      name: 'web',
      bounds: { min: 1, max: 10 },
      policy: { mode: 'act' },
      candidate: null,
      provider: { type: 'simulator' },
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

  /** What an API call would change. */
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

  async collect({ id }: Pick<Cluster, 'id'>): Promise<CollectResult> {
    if (this.silent.has(id)) return { samples: [], totals: null, maxCpuPercent: null, error: 'no answer in time' };
    const world = this.target.world(id);
    const samples = world.readings().map(({ serverId, cpu, memory, requestLoad }) => {
      return { serverId, at: world.now, cpu, memory, requestRate: requestLoad };
    });
    return { samples: this.reports.get(id) ?? samples, totals: null, maxCpuPercent: null, error: null };
  }

  /** All clusters by endpoint, as the service sees them. */
  async census(): Promise<readonly Neighbor[]> {
    const live = [...this.clusters.values()].filter(({ deletedAt }) => deletedAt === null);
    const tickedAt = await new ClusterStateStore(this.dataSource).tickedAt(live.map(({ id }) => id));
    return live.map((cluster) => {
      const { id: clusterId } = cluster;
      return { clusterId, endpoint: this.target.endpointOf(cluster), tickedAt: tickedAt.get(clusterId) ?? null };
    });
  }

  /** Its clock is the newest change. */
  private async read(wanted: (cluster: Cluster) => boolean): Promise<ClusterReading> {
    await this.dataSource.query('SELECT 1');
    const all = [...this.clusters.values()];
    return { clusters: all.filter(wanted), asOf: Math.max(0, ...all.map(({ updatedAt }) => updatedAt)) };
  }

  async decisions(clusterId: string, role: PolicyRole = 'acting'): Promise<DecisionRecord[]> {
    return this.dataSource.query(
      `SELECT at, action, current, desired, code, policy, steps FROM decisions WHERE cluster_id = $1 AND policy_role = $2 ORDER BY at`,
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

export interface ProcessOptions {
  readonly target?: ScaleTarget;
  readonly bufferTicks?: number;
  readonly patienceMs?: number;
  readonly partitions?: Partitions;
}

/** One life of the service: everything in it is gone when it is dropped. */
export class LoopProcess {
  readonly loop: TickLoop;
  readonly registry = new ClusterRegistry();
  readonly recorder: Recorder;
  readonly health = new LoopHealth();
  readonly told: AnyLiveEvent[] = [];
  readonly problems: string[] = [];
  /** The trace id of each of the problems. */
  readonly traces: (string | undefined)[] = [];

  constructor(
    private readonly around: Surroundings,
    {
      target = around.target,
      bufferTicks = 1000,
      patienceMs = 1000,
      partitions = new SinglePartitions(),
    }: ProcessOptions = {},
  ) {
    const { clock, dataSource } = around;
    const states = new ClusterStateStore(dataSource);
    const events = new ScalingEventStore(dataSource);
    const onProblem = (message: string): void => {
      this.problems.push(message);
      this.traces.push(traceId());
    };
    const bus = new LiveBus();
    for (const topic of TOPICS) bus.on(topic, (event) => this.told.push(event));
    const models = new ClusterModelStore(dataSource);
    const memory = new ModelMemory(models, new ObservationHistory(dataSource));
    const ticked = new TickedPartitions(partitions, this.registry);
    const recall = new ModelRecall(this.registry, memory);
    const definitions = new ClusterDefinitions(around, states, events, this.registry, ticked, recall);
    const stores = {
      samples: new SampleStore(),
      observations: new ObservationStore(),
      decisions: new DecisionStore(),
      forecasts: new ForecastStore(),
      states,
      models,
      events,
      partitions: new PartitionStore(dataSource),
      outbox: new AlertOutbox(new AlertDeliveryStore(dataSource), states, around),
    };
    this.recorder = new Recorder(dataSource, stores, { bufferTicks }, onProblem, (fences, writes) =>
      partitions.refuse(fences, writes),
    );
    const options = { limit: 8, patienceMs };
    this.loop = new TickLoop({
      clock,
      definitions,
      registry: this.registry,
      collector: around,
      target,
      brakes: new Brakes(
        new FreezeStore(dataSource),
        new RemovalProposalStore(dataSource),
        target,
        async () => around.census(),
        clock,
        onProblem,
      ),
      actor: new Actor(target, events, clock, options, () => onProblem('cannot record intents')),
      recorder: this.recorder,
      broadcaster: new Broadcaster(bus, () => undefined),
      health: this.health,
      metrics: new SilentMetrics(),
      options: { ...options, intervalMs: INTERVAL_MS, maxSampleAgeMs: 3 * INTERVAL_MS },
      onProblem,
    });
  }

  /** One wake for every cluster's next tick: time moves by one interval first. */
  async tick(times = 1): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      this.around.clock.advance(INTERVAL_MS);
      await this.loop.wake();
    }
  }

  /** What is remembered of a cluster. @throws Error while it is not known */
  memory(clusterId: string): ClusterMemory {
    const known = this.registry.get(clusterId);
    if (known === undefined) throw new Error(`cluster ${clusterId} is not ticked`);
    return known.memory;
  }

  /** All but those of large changes, which most holds of two servers are. */
  alerts(): string[] {
    return this.told.flatMap((event) =>
      event.type === 'alert' && event.data.code !== 'large_change' ? [`${event.data.code} ${event.data.state}`] : [],
    );
  }
}

/** Counts nothing. */
class SilentMetrics extends LoopMetrics {
  stage(): void {}
  woke(): void {}
  failed(): void {}
  ticked(): void {}
}
