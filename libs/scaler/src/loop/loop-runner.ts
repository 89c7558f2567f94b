import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { inSpan, withTraceId } from '#tracing';
import { Brakes } from '../brakes/brakes.js';
import { ClusterDefinitions } from './cluster-definitions.js';
import { ClusterRegistry } from './cluster-registry.js';
import { LoopHealth } from './loop-health.js';
import { LoopLog } from './loop-log.js';
import { LoopMetrics } from './loop-metrics.js';
import { LOOP_OPTIONS } from './loop-options.js';
import type { LoopOptions } from './loop-options.js';
import { Recorder } from './recorder.js';
import { TickLoop } from './tick-loop.js';

/** Runs the loop at each wake: takes due clusters, reads changed definitions, and ticks the clusters. */
@Injectable()
export class LoopRunner {
  private readonly wakes = new Set<Promise<void>>();
  private readonly aborter = new AbortController();
  private stopping = false;
  private readable = true;
  private knownAt: number | null = null;

  constructor(
    private readonly loop: TickLoop,
    private readonly definitions: ClusterDefinitions,
    private readonly registry: ClusterRegistry,
    private readonly brakes: Brakes,
    private readonly recorder: Recorder,
    private readonly health: LoopHealth,
    private readonly metrics: LoopMetrics,
    private readonly log: LoopLog,
    private readonly clock: Clock,
    @Inject(LOOP_OPTIONS) private readonly options: Pick<LoopOptions, 'intervalMs'>,
  ) {
    health.watch(() => {
      const { writable, waiting, dropped, journaled } = recorder.status;
      return {
        clusters: registry.size,
        inFlight: this.inFlight(),
        writable,
        waitingTicks: waiting,
        droppedTicks: dropped,
        journaledEvents: journaled,
      };
    });
  }

  /** Ticks what is due. Wakes may overlap, but each cluster is in one of them only. Never rejects. */
  async wake(): Promise<void> {
    if (this.stopping) return;
    // One trace id per wake groups its log lines.
    const wake = withTraceId(randomUUID(), async () => this.run()).catch((error: unknown) =>
      this.log.problem('a run of the scaling loop failed', error),
    );
    this.wakes.add(wake);
    await wake;
    this.wakes.delete(wake);
  }

  /** Starts nothing new, finishes running ticks within `withinMs`, and writes buffered ticks. */
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
    await this.refresh(now);
    this.health.woke(now, lagMs, skipped.late + skipped.overlapping);
    if (ids.length > 0) {
      this.metrics.woke(lagMs, skipped);
      await inSpan('tick', { 'autoscaler.clusters': ids.length }, async () =>
        this.loop.tick(ids, this.aborter.signal, { isReadable: this.readable, knownAt: this.knownAt }),
      );
    }
    this.health.completed(this.clock.now());
  }

  private async refresh(now: number): Promise<void> {
    await inSpan('refresh', {}, async () => this.readDefinitions());
    this.metrics.stage('refresh', (this.clock.now() - now) / 1000);
  }

  /**
   * Known definitions stay in force if they cannot be refreshed: without the database only additions are carried out,
   * and for a limited time.
   */
  private async readDefinitions(): Promise<void> {
    // A slow failing database must not delay ticks.
    if (!this.readable && this.definitions.isRefreshing) return;
    const now = this.clock.now();
    try {
      await Promise.all([this.brakes.refresh(), this.definitions.refresh(now, this.options.intervalMs)]);
      this.readable = true;
      this.knownAt = now;
    } catch (error) {
      if (this.readable) this.log.problem('cannot load cluster definitions; using the known ones', error);
      this.readable = false;
    }
  }

  private inFlight(): number {
    let count = 0;
    for (const { schedule } of this.registry.all()) if (schedule.busy) count += 1;
    return count;
  }
}
