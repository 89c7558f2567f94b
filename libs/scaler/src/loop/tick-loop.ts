import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { inSpan, startSpan, withTraceId } from '#tracing';
import { MetricsCollector, ProviderError, ScaleTarget } from '#providers';
import { Brakes } from '../brakes/brakes.js';
import { Actor } from './actor.js';
import { inBatches } from './batches.js';
import { Broadcaster } from './broadcaster.js';
import { ClusterDefinitions } from './cluster-definitions.js';
import { ClusterRegistry } from './cluster-registry.js';
import { conclude, concludeFailed } from './conclude.js';
import { decideCluster, observeCluster } from './decide.js';
import { LoopHealth } from './loop-health.js';
import { LoopLog } from './loop-log.js';
import { LoopMetrics } from './loop-metrics.js';
import type { LoopStage } from './loop-metrics.js';
import { LOOP_OPTIONS } from './loop-options.js';
import type { LoopOptions } from './loop-options.js';
import { Recorder } from './recorder.js';
import type { Collected, FailedTick, Started } from './stages.js';

/**
 * The way of the data, for all clusters that are due at a wake: both ends are concurrent and bounded I/O, the middle is
 * pure, the writes are bulk. It sets counts and never adds to them, so a tick repeated, late or lost does no harm.
 */
@Injectable()
export class TickLoop {
  private readonly wakes = new Set<Promise<void>>();
  private readonly aborter = new AbortController();
  private stopping = false;
  private readable = true;

  constructor(
    private readonly definitions: ClusterDefinitions,
    private readonly registry: ClusterRegistry,
    @Inject(MetricsCollector) private readonly collector: Pick<MetricsCollector, 'collect'>,
    private readonly target: ScaleTarget,
    private readonly brakes: Brakes,
    private readonly actor: Actor,
    private readonly recorder: Recorder,
    private readonly broadcaster: Broadcaster,
    private readonly health: LoopHealth,
    private readonly metrics: LoopMetrics,
    private readonly log: LoopLog,
    private readonly clock: Clock,
    @Inject(LOOP_OPTIONS) private readonly options: LoopOptions,
  ) {
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
      this.log.problem('a run of the scaling loop failed', error),
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
    await this.recorder.flush();
    this.health.stopped();
  }

  private async run(): Promise<void> {
    const now = this.clock.now();
    const { ids, lagMs, skipped } = this.registry.takeDue(now);
    await this.timed('refresh', async () => this.refresh());
    this.health.woke(now, lagMs, skipped.late + skipped.overlapping);
    if (ids.length > 0) {
      this.metrics.woke(lagMs, skipped);
      await inSpan('tick', { 'autoscaler.clusters': ids.length }, async () => this.tick(ids));
    }
    this.health.completed(this.clock.now());
  }

  /** Definitions that cannot be refreshed stay in force: without the database nothing is carried out anyway. */
  private async refresh(): Promise<void> {
    // A database that takes its time to say no must not hold up the ticks.
    if (!this.readable && this.definitions.isRefreshing) return;
    try {
      await Promise.all([this.brakes.refresh(), this.definitions.refresh(this.clock.now(), this.options.intervalMs)]);
      this.readable = true;
    } catch (error) {
      if (this.readable) this.log.problem('cannot load cluster definitions; using the known ones', error);
      this.readable = false;
    }
  }

  private async tick(ids: readonly string[]): Promise<void> {
    const { clock, registry, brakes, actor, recorder, broadcaster, metrics, options, aborter } = this;
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
        // Intents cannot be recorded in a database that could not even be read.
        for await (const acted of this.timedBatches('act', actor.act(decided, aborter.signal, this.readable))) {
          const unended: FailedTick[] = [];
          const records = this.each('commit', acted, unended, conclude);
          for (const record of records) registry.commit(record);
          await this.timed('record', async () => recorder.record(records));
          await this.timed('broadcast', async () => broadcaster.broadcast(records));
          await this.giveUp(unended);
          metrics.ticked(records);
          for (const { cluster } of records) release(cluster.id);
        }
      }
    } finally {
      for (const id of open) release(id);
    }
  }

  private collect(started: readonly Started[]): AsyncGenerator<readonly Collected[]> {
    const { target, collector, options } = this;
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

  /** One cluster that cannot be worked on, for whatever reason, must not stop the others; it is added to `failed`. */
  private each<From extends Started, To>(
    stage: LoopStage,
    ticks: readonly From[],
    failed: FailedTick[],
    work: (tick: From) => To,
  ): To[] {
    const { clock, metrics, health, log } = this;
    const before = clock.now();
    const span = startSpan(stage);
    const results: To[] = [];
    for (const tick of ticks) {
      try {
        results.push(work(tick));
      } catch (error) {
        health.failed();
        metrics.failed();
        log.problem(`cannot tick cluster ${tick.cluster.id}: ${stage} failed`, error);
        failed.push(concludeFailed(tick, clock.now(), `${stage} failed, see the log`));
      }
    }
    span.end();
    metrics.stage(stage, (clock.now() - before) / 1000);
    return results;
  }

  private async giveUp(failed: readonly FailedTick[]): Promise<void> {
    for (const tick of failed) this.registry.commit(tick);
    await this.recorder.recordFailed(failed);
    this.broadcaster.broadcastFailed(failed);
  }

  private async timed(stage: LoopStage, work: () => Promise<void>): Promise<void> {
    const before = this.clock.now();
    await inSpan(stage, {}, work);
    this.metrics.stage(stage, (this.clock.now() - before) / 1000);
  }

  private async *timedBatches<T>(stage: LoopStage, batches: AsyncGenerator<T>): AsyncGenerator<T> {
    let before = this.clock.now();
    let span = startSpan(stage);
    for await (const batch of batches) {
      span.end();
      this.metrics.stage(stage, (this.clock.now() - before) / 1000);
      yield batch;
      before = this.clock.now();
      span = startSpan(stage);
    }
  }

  private inFlight(): number {
    let count = 0;
    for (const { schedule } of this.registry.all()) if (schedule.busy) count += 1;
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
