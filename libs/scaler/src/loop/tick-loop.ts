import { randomUUID } from 'node:crypto';
import type { Clock } from '#config';
import { withTraceId } from '#http';
import type { MetricsCollector, ScaleTarget } from '#providers';
import type { Brakes } from '../brakes/brakes.js';
import { ProviderError } from '#providers';
import type { Acted, Actor } from './actor.js';
import { inBatches } from './batches.js';
import type { BatchOptions } from './batches.js';
import type { Broadcaster } from './broadcaster.js';
import type { ClusterRegistry, DueCluster } from './cluster-registry.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { conclude } from './conclude.js';
import { decideCluster, observeCluster } from './decide.js';
import type { Collected, Decided } from './decide.js';
import type { LoopHealth } from './loop-health.js';
import type { LoopMetrics, LoopStage } from './loop-metrics.js';
import type { FailedTick, Recorder } from './recorder.js';
import { inSpan, startSpan } from './spans.js';

export interface TickLoopParts {
  readonly clock: Clock;
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
      this.parts.onProblem('a wake of the loop failed', error),
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
    const { due, skipped } = registry.takeDue(now);
    await this.timed('refresh', async () => this.refresh());
    const lagMs = due.reduce((most, cluster) => Math.max(most, cluster.lagMs), 0);
    health.woke(now, lagMs, skipped.late + skipped.overlapping);
    if (due.length > 0) {
      metrics.woke(lagMs, skipped);
      await inSpan('tick', { 'autoscaler.clusters': due.length }, async () => this.tick(due));
    }
    health.completed(clock.now());
  }

  private async tick(due: readonly DueCluster[]): Promise<void> {
    const { clock, registry, recorder, broadcaster, metrics, options } = this.parts;
    const open = new Set(due.map(({ runtime }) => runtime));
    const release = (runtime: ClusterRuntime): void => {
      // Once released a cluster may be on its way through another wake, and is no longer ours to release.
      if (open.delete(runtime)) registry.release(runtime);
    };
    try {
      // Some may have been deleted since they were last looked at.
      const live = due.filter(({ runtime }) => !runtime.retired);
      for await (const collected of this.timedBatches('collect', this.collect(live))) {
        const failed: FailedTick[] = [];
        const observed = this.each('observe', collected, failed, (tick) =>
          observeCluster(tick, clock.now(), options.maxSampleAgeMs),
        );
        const decided = await this.parts.brakes.apply(this.each('decide', observed, failed, decideCluster));
        await recorder.recordFailed(failed);
        for await (const acted of this.timedBatches('act', this.act(decided))) {
          const concluded = acted.map(conclude);
          await this.timed('record', async () => recorder.record(concluded));
          await this.timed('broadcast', async () => broadcaster.broadcast(concluded));
          metrics.ticked(acted);
          for (const { runtime } of acted) release(runtime);
        }
      }
    } finally {
      for (const runtime of open) release(runtime);
    }
  }

  /** Intents cannot be recorded in a database that could not even be read. */
  private act(decided: readonly Decided[]): AsyncGenerator<readonly Acted[]> {
    return this.parts.actor.act(decided, this.aborter.signal, this.readable);
  }

  private collect(due: readonly DueCluster[]): AsyncGenerator<readonly Collected[]> {
    const { target, collector, options } = this.parts;
    const { signal } = this.aborter;
    return inBatches(due, options, async ({ runtime }) => {
      const reading = target.read(runtime.cluster, signal, runtime.fence?.token).catch(providerError);
      // The first look may be what makes the cluster, which has no metrics before.
      if (runtime.tracking.desired === null) await reading;
      const [provider, metrics] = await Promise.all([reading, collector.collect(runtime.cluster)]);
      const { error: metricsError, ...collection } = metrics;
      return { runtime, provider, metricsError, ...collection };
    });
  }

  /** One cluster that cannot be worked on, for whatever reason, must not stop the others; it is added to `failed`. */
  private each<From extends { readonly runtime: ClusterRuntime }, To>(
    stage: LoopStage,
    ticks: readonly From[],
    failed: FailedTick[],
    work: (tick: From) => To,
  ): To[] {
    const { clock, metrics, health, broadcaster, onProblem } = this.parts;
    const before = clock.now();
    const span = startSpan(stage);
    const results: To[] = [];
    for (const tick of ticks) {
      try {
        results.push(work(tick));
      } catch (error) {
        const { runtime } = tick;
        const at = clock.now();
        health.failed();
        metrics.failed();
        onProblem(`cluster ${runtime.cluster.id} cannot be ticked: ${stage} failed`, error);
        const message = `The cluster cannot be ticked: ${stage} failed; the log says why.`;
        failed.push({ runtime, at, raised: broadcaster.failed(runtime, at, message) });
      }
    }
    span.end();
    metrics.stage(stage, (clock.now() - before) / 1000);
    return results;
  }

  /** Definitions that cannot be refreshed stay in force: without the database nothing is carried out anyway. */
  private async refresh(): Promise<void> {
    const { registry, brakes, clock, options, onProblem } = this.parts;
    // A database that takes its time to say no must not hold up the ticks.
    if (!this.readable && registry.isRefreshing) return;
    try {
      await Promise.all([brakes.refresh(), registry.refresh(clock.now(), options.intervalMs)]);
      this.readable = true;
    } catch (error) {
      if (this.readable) onProblem('the definitions of clusters cannot be read; the known ones stay in force', error);
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
    for (const { busy } of this.parts.registry.all()) if (busy) count += 1;
    return count;
  }
}

function providerError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError('invalid', error instanceof Error ? error.message : String(error), { cause: error });
}
