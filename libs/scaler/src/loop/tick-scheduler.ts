import { AsyncResource } from 'node:async_hooks';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { plural } from '#engine';
import { ClusterRegistry } from './cluster-registry.js';
import { Partitions } from '#partitions';
import type { Tenant } from '#partitions';
import { LoopHealth } from './loop-health.js';
import { LoopRunner } from './loop-runner.js';
import { TickedPartitions } from './ticked-partitions.js';

export const TICK_LOOP_TIMEOUT = 'tick-loop';

/** Minimum time between wakes: each costs a read of definitions and a transaction. */
const SHORTEST_SLEEP_MS = 20;

/**
 * Wakes the loop when the next cluster is due, and at least every `scaler.wake_interval` to read changed definitions.
 * It does not wait for the previous wake: the registry ensures that no cluster is ticked twice at a time.
 */
@Injectable()
export class TickScheduler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TickScheduler.name);
  private stopped = false;
  /** Bound outside of requests: a request that hastens a cluster would otherwise be named in each log line of the loop from then on. */
  private readonly onTime = AsyncResource.bind(() => {
    void this.loop.wake();
    this.arm(this.sleepMs());
  });

  constructor(
    @Inject(LoopRunner) private readonly loop: Pick<LoopRunner, 'wake' | 'stop'>,
    @Inject(ClusterRegistry) private readonly registry: Pick<ClusterRegistry, 'hasten' | 'nextDueAt'>,
    @Inject(TickedPartitions) private readonly ticked: Tenant,
    @Inject(Partitions) private readonly partitions: Pick<Partitions, 'start' | 'stop'>,
    private readonly health: LoopHealth,
    private readonly clock: Clock,
    private readonly scheduler: SchedulerRegistry,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.health.started();
    await this.partitions.start(this.ticked);
    this.arm(0);
  }

  /** Before the database closes: finishes and records running ticks. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.disarm();
    // A provider that hangs may use half of the time; the rest is for writes and for closing.
    await this.loop.stop(this.config.app.shutdownTimeout / 2);
    await this.partitions.stop();
    const { waitingTicks } = this.health.status();
    if (waitingTicks > 0) this.logger.error(`lost ${plural(waitingTicks, 'tick')}: the database could not record them`);
  }

  /** Ticks a cluster at once, because it was changed. */
  hasten(clusterId: string): void {
    if (this.stopped) return;
    this.registry.hasten(clusterId, this.clock.now());
    this.arm(0);
  }

  private arm(sleepMs: number): void {
    this.disarm();
    this.scheduler.addTimeout(TICK_LOOP_TIMEOUT, setTimeout(this.onTime, sleepMs));
  }

  private disarm(): void {
    if (this.scheduler.doesExist('timeout', TICK_LOOP_TIMEOUT)) this.scheduler.deleteTimeout(TICK_LOOP_TIMEOUT);
  }

  private sleepMs(): number {
    const { wakeInterval } = this.config.scaler;
    const dueAt = this.registry.nextDueAt();
    const untilDue = dueAt === null ? wakeInterval : dueAt - this.clock.now();
    return Math.max(SHORTEST_SLEEP_MS, Math.min(wakeInterval, untilDue));
  }
}
