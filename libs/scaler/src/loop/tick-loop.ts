import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { inSpan, startSpan } from '#tracing';
import { ProviderSessions } from '#providers';
import { Brakes } from '../brakes/brakes.js';
import { Actor } from './actor.js';
import { inBatches } from './batches.js';
import { Broadcaster } from './broadcaster.js';
import { ClusterRegistry } from './cluster-registry.js';
import { conclude, concludeFailed } from './conclude.js';
import { decideCluster, observeCluster } from './decide.js';
import { Heartbeats } from './heartbeats.js';
import { LoopHealth } from './loop-health.js';
import { LoopLog } from './loop-log.js';
import { LoopMetrics } from './loop-metrics.js';
import type { LoopStage } from './loop-metrics.js';
import { LOOP_OPTIONS } from './loop-options.js';
import type { LoopOptions } from './loop-options.js';
import { Recorder } from './recorder.js';
import type { Acted, Collected, DatabaseView, FailedTick, Started } from './stages.js';

/**
 * Runs the stages for all clusters due at a wake. I/O at both ends is concurrent and bounded, the stages in between are
 * pure, and writes are bulk. A tick sets a desired count and never adds to one, so a repeated, late or lost tick is
 * harmless.
 */
@Injectable()
export class TickLoop {
  constructor(
    private readonly registry: ClusterRegistry,
    private readonly providers: ProviderSessions,
    private readonly brakes: Brakes,
    private readonly actor: Actor,
    private readonly recorder: Recorder,
    private readonly broadcaster: Broadcaster,
    private readonly heartbeats: Heartbeats,
    private readonly health: LoopHealth,
    private readonly metrics: LoopMetrics,
    private readonly log: LoopLog,
    private readonly clock: Clock,
    @Inject(LOOP_OPTIONS) private readonly options: LoopOptions,
  ) {}

  /** Ticks these clusters, and releases each of them when its tick ends. */
  async tick(ids: readonly string[], signal: AbortSignal, database: DatabaseView): Promise<void> {
    const { clock, registry, brakes, actor, recorder, broadcaster, heartbeats, metrics, options } = this;
    const open = new Set(ids);
    const release = (id: string): void => {
      // A released cluster may already be in another wake, which releases it.
      if (open.delete(id)) registry.release(id);
    };
    try {
      // Some may have been deleted since they became due.
      const started = registry.begin(ids);
      for await (const collected of this.timedBatches('collect', this.collect(started, signal))) {
        const failed: FailedTick[] = [];
        const observed = this.each('observe', collected, failed, (tick) =>
          observeCluster(tick, clock.now(), options.maxSampleAgeMs),
        );
        const decided = await brakes.apply(this.each('decide', observed, failed, decideCluster), database);
        await this.giveUp(failed);
        for await (const acted of this.timedBatches('act', actor.act(decided, signal, database))) {
          const unended: FailedTick[] = [];
          const records = this.each('commit', acted, unended, conclude);
          for (const record of records) registry.commit(record);
          heartbeats.beat(records, signal);
          if (unended.length > 0) recorder.giveUp(without(acted, records));
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

  /** Concurrency is bounded per provider, so that a slow provider delays no other. */
  private collect(started: readonly Started[], signal: AbortSignal): AsyncGenerator<readonly Collected[]> {
    const { providers, heartbeats, options } = this;
    const read = providers.poll(started, signal);
    const unbounded = { limit: started.length, patienceMs: options.patienceMs };
    return inBatches(started, unbounded, async (tick) => ({
      ...tick,
      ...(await read(tick)),
      unrenewed: heartbeats.failureOf(tick.cluster.id),
    }));
  }

  /** An error in one cluster must not stop the others; it is added to `failed`. */
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
}

function without(acted: readonly Acted[], records: readonly Acted[]): readonly Acted[] {
  const ended = new Set(records.map(({ decisionId }) => decisionId));
  return acted.filter(({ decisionId }) => !ended.has(decisionId));
}
