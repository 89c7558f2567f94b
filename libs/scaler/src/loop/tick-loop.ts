import { randomUUID } from 'node:crypto';
import type { Clock } from '#config';
import { inSpan, startSpan, withTraceId } from '#tracing';
import type { MetricsCollector, ScaleTarget } from '#providers';
import type { Brakes } from '../brakes/brakes.js';
import { ProviderError } from '#providers';
import type { Actor } from './actor.js';
import { inBatches } from './batches.js';
import type { BatchOptions } from './batches.js';
import type { Broadcaster } from './broadcaster.js';
import type { ClusterDefinitions } from './cluster-definitions.js';
import type { ClusterRegistry } from './cluster-registry.js';
import { conclude, concludeFailed } from './conclude.js';
import { decideCluster, observeCluster } from './decide.js';
import type { LoopHealth } from './loop-health.js';
import type { LoopMetrics, LoopStage } from './loop-metrics.js';
import type { Recorder } from './recorder.js';
import type { Acted, Collected, Decided, FailedTick, Started } from './stages.js';

export interface TickLoopParts {
  readonly clock: Clock;
  readonly definitions: ClusterDefinitions;
  readonly registry: ClusterRegistry;
  readonly collector: Pick<MetricsCollector, 'collect'>;
  readonly target: ScaleTarget;
  readonly brakes: Brakes;
  readonly actor: Actor;
  readonly recorder: Recorder;
  readonly broadcaster: Broadcaster;
  readonly health: LoopHealth;
  readonly metrics: LoopMetrics;
  /** Bounds of the collection, and the interval and freshness of clusters that state none. */
  readonly options: BatchOptions & { readonly intervalMs: number; readonly maxSampleAgeMs: number };
  readonly onProblem: (message: string, error: unknown) => void;
}

/**
 * The way of the data, for all clusters that are due at a wake: both ends are concurrent and bounded I/O, the middle is
 * pure, the writes are bulk. It sets counts and never adds to them, so a tick repeated, late or lost does no harm.
 */
export class TickLoop {
  private readonly wakes = new Set<Promise<void>>();
  private readonly aborter = new AbortController();
  private stopping = false;
  private readable = true;

  constructor(private readonly parts: TickLoopParts) {
    const { registry, recorder, health } = parts;
    health.watch(() => {
      const { writable, waiting, dropped } = recorder.status;
      return {
        clusters: registry.size,
        inFlight: this.inFlight(),
        writable,
        waitingTicks: waiting,
        droppedTicks: dropped,
      };
    });
  }

  /** Ticks what is due now. Several wakes may be under way at a time, a cluster is in one of them only. Never rejects. */
  async wake(): Promise<void> {
    if (this.stopping) return;
    // What one wake has to say is found together in the log.
    const wake = withTraceId(randomUUID(), async () => this.run()).catch((error: unknown) =>
      this.parts.onProblem('a run of the scaling loop failed', error),
    );
    this.wakes.add(wake);
    await wake;
    this.wakes.delete(wake);
  }

  /** Starts nothing new, finishes what is under way within `withinMs`, and writes what waits. */
  async stop(withinMs: number): Promise<void> {
    this.stopping = true;
    const giveUp = setTimeout(() => this.aborter.abort(), withinMs);
    await Promise.all(this.wakes);
    clearTimeout(giveUp);
    await this.parts.recorder.flush();
    this.parts.health.stopped();
  }

  private async run(): Promise<void> {
    const { clock, registry, health, metrics } = this.parts;
    const now = clock.now();
    const { ids, lagMs, skipped } = registry.takeDue(now);
    await this.timed('refresh', async () => this.refresh());
    health.woke(now, lagMs, skipped.late + skipped.overlapping);
    if (ids.length > 0) {
      metrics.woke(lagMs, skipped);
      await inSpan('tick', { 'autoscaler.clusters': ids.length }, async () => this.tick(ids));
    }
    health.completed(clock.now());
  }

  private async tick(ids: readonly string[]): Promise<void> {
    const { clock, registry, brakes, recorder, broadcaster, metrics, options } = this.parts;
    const open = new Set(ids);
    const release = (id: string): void => {
      // Once released a cluster may be on its way through another wake, and is no longer ours to release.
      if (open.delete(id)) registry.release(id);
    };
    try {
      // Some may have been deleted since they were last looked at.
      const started = registry.begin(ids);
      for await (const collected of this.timedBatches('collect', this.collect(started))) {
        const failed: FailedTick[] = [];
        const observed = this.each('observe', collected, failed, (tick) =>
          observeCluster(tick, clock.now(), options.maxSampleAgeMs),
        );
        const decided = await brakes.apply(this.each('decide', observed, failed, decideCluster));
        await this.giveUp(failed);
        for await (const acted of this.timedBatches('act', this.act(decided))) {
          const unended: FailedTick[] = [];
          const records = this.each('commit', acted, unended, conclude);
          for (const record of records) registry.commit(record);
          await this.giveUp(unended);
          await this.timed('record', async () => recorder.record(records));
          await this.timed('broadcast', async () => broadcaster.broadcast(records));
          metrics.ticked(records);
          for (const { cluster } of records) release(cluster.id);
        }
      }
    } finally {
      for (const id of open) release(id);
    }
  }

  /** Intents cannot be recorded in a database that could not even be read. */
  private act(decided: readonly Decided[]): AsyncGenerator<readonly Acted[]> {
    return this.parts.actor.act(decided, this.aborter.signal, this.readable);
  }

  private collect(started: readonly Started[]): AsyncGenerator<readonly Collected[]> {
    const { target, collector, options } = this.parts;
    const { signal } = this.aborter;
    return inBatches(started, options, async (tick) => {
      const { cluster, fence, before } = tick;
      const wasPolled = before.tracking.desired !== null;
      const missing = wasPolled ? null : await ensured(target.ensure?.(cluster, signal, fence?.token));
      const [provider, metrics] = await Promise.all([
        missing ?? target.read(cluster, signal, fence?.token).catch(providerError),
        collector.collect(cluster),
      ]);
      const { error: metricsError, ...collection } = metrics;
      return { ...tick, provider, metricsError, ...collection };
    });
  }

  private async giveUp(failed: readonly FailedTick[]): Promise<void> {
    const { registry, recorder, broadcaster } = this.parts;
    for (const tick of failed) registry.commit(tick);
    await recorder.recordFailed(failed);
    broadcaster.broadcastFailed(failed);
  }

  /** One cluster that cannot be worked on, for whatever reason, must not stop the others; it is added to `failed`. */
  private each<From extends Started, To>(
    stage: LoopStage,
    ticks: readonly From[],
    failed: FailedTick[],
    work: (tick: From) => To,
  ): To[] {
    const { clock, metrics, health, onProblem } = this.parts;
    const before = clock.now();
    const span = startSpan(stage);
    const results: To[] = [];
    for (const tick of ticks) {
      try {
        results.push(work(tick));
      } catch (error) {
        health.failed();
        metrics.failed();
        onProblem(`cannot tick cluster ${tick.cluster.id}: ${stage} failed`, error);
        const message = `${stage} failed, see the log`;
        failed.push(concludeFailed(tick, clock.now(), message));
      }
    }
    span.end();
    metrics.stage(stage, (clock.now() - before) / 1000);
    return results;
  }

  /** Definitions that cannot be refreshed stay in force: without the database nothing is carried out anyway. */
  private async refresh(): Promise<void> {
    const { definitions, brakes, clock, options, onProblem } = this.parts;
    // A database that takes its time to say no must not hold up the ticks.
    if (!this.readable && definitions.isRefreshing) return;
    try {
      await Promise.all([brakes.refresh(), definitions.refresh(clock.now(), options.intervalMs)]);
      this.readable = true;
    } catch (error) {
      if (this.readable) onProblem('cannot load cluster definitions; using the known ones', error);
      this.readable = false;
    }
  }

  private async timed(stage: LoopStage, work: () => Promise<void>): Promise<void> {
    const { clock, metrics } = this.parts;
    const before = clock.now();
    await inSpan(stage, {}, work);
    metrics.stage(stage, (clock.now() - before) / 1000);
  }

  private async *timedBatches<T>(stage: LoopStage, batches: AsyncGenerator<T>): AsyncGenerator<T> {
    const { clock, metrics } = this.parts;
    let before = clock.now();
    let span = startSpan(stage);
    for await (const batch of batches) {
      span.end();
      metrics.stage(stage, (clock.now() - before) / 1000);
      yield batch;
      before = clock.now();
      span = startSpan(stage);
    }
  }

  private inFlight(): number {
    let count = 0;
    for (const { schedule } of this.parts.registry.all()) if (schedule.busy) count += 1;
    return count;
  }
}

/** Why the cluster cannot be polled yet; `null` where it can. */
async function ensured(ensuring: Promise<void> | undefined): Promise<ProviderError | null> {
  try {
    await ensuring;
    return null;
  } catch (error) {
    return providerError(error);
  }
}

function providerError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError('invalid', error instanceof Error ? error.message : String(error), { cause: error });
}
