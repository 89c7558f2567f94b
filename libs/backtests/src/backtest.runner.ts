import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { costFromWire, parsePercent, policyFromStored, thresholdDefaults } from '#clusters';
import { APP_CONFIG, Clock, formatDuration, parseDuration } from '#config';
import type { AppConfig } from '#config';
import { ObservationAggregateRepository, type RecordedDemand } from '#metrics';
import { promiseOf } from '#world';
import { LiveBus, type LiveBacktest } from '#scaler';
import { BacktestMetrics } from './backtest.metrics.js';
import { BacktestRepository, type ClaimedBacktest } from './backtest.repository.js';
import { type BacktestResultDto, toBacktestResult } from './backtest-result.dto.js';
import { playInThread } from './backtest.thread.js';
import type { BacktestWorkerData } from './backtest.worker.js';

const LOOK_EVERY_MS = 5000;
const KEEP_EVERY_MS = 2000;
/** Without a heartbeat for this long, another process takes the job over. */
export const LEASE_MS = 15_000;
const PRUNE_EVERY_MS = 600_000;
/** A job during which processes ended this often probably caused it. */
const MOST_ATTEMPTS = 3;
/** About the width of a chart in pixels. */
const TIMELINE_POINTS = 1000;

/** Reason for ending a thread early. */
class Ended extends Error {
  constructor(readonly why: 'cancelled' | 'lost' | 'stopping' | 'timeout') {
    super(why);
  }
}

interface Playing {
  readonly job: ClaimedBacktest;
  readonly abort: AbortController;
  readonly since: number;
  progress: number;
  /** Resolves when this process is done with the job. */
  over: Promise<void>;
}

/**
 * Runs queued backtests with bounded concurrency. A process keeps its claim by heartbeats; a job of a dead process is
 * restarted by another one from the stored request.
 */
@Injectable()
export class BacktestRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BacktestRunner.name);
  private readonly claimant = randomUUID();
  private readonly playing = new Map<string, Playing>();
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private stopping = false;
  private troubled = false;

  constructor(
    private readonly backtests: BacktestRepository,
    private readonly observations: ObservationAggregateRepository,
    private readonly bus: LiveBus,
    private readonly metrics: BacktestMetrics,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    void this.look();
    void this.prune();
  }

  /** Ends the threads; their jobs wait for the next start, or for another process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.looking;
    await this.endAll('stopping');
  }

  /** Call after a job was queued. */
  queued(clusterId: string, id: string): void {
    this.tell(clusterId, { id, status: 'queued', progress: 0, error: null });
    void this.look();
  }

  /** Call after a job was canceled: its thread ends at once here, and with the next heartbeat in another process. */
  cancelled(clusterId: string, id: string): void {
    const playing = this.playing.get(id);
    playing?.abort.abort(new Ended('cancelled'));
    this.tell(clusterId, { id, status: 'cancelled', progress: playing?.progress ?? 0, error: null });
  }

  /** Claims queued jobs up to the limit; resolves once none is left. */
  @Interval('backtests', LOOK_EVERY_MS)
  async look(): Promise<void> {
    this.lookAgain = true;
    this.looking ??= this.takeOn().finally(() => {
      this.looking = null;
    });
    await this.looking;
  }

  /** Sends heartbeats with progress, and ends jobs that were lost or take too long. */
  @Interval('backtests-alive', KEEP_EVERY_MS)
  async keep(): Promise<void> {
    const { timeout } = this.config.backtests;
    for (const { job, abort, progress, since } of this.playing.values()) {
      if (this.clock.now() - since > timeout) abort.abort(new Ended('timeout'));
      await this.withDatabase(async () => {
        if (!(await this.backtests.keep(job.id, this.claimant, progress))) abort.abort(new Ended('lost'));
      });
    }
  }

  @Interval('backtests-retention', PRUNE_EVERY_MS)
  async prune(): Promise<void> {
    const { backtests, database } = this.config;
    await this.withDatabase(async () => {
      await this.backtests.prune(database.retention.backtests, backtests.maxPerCluster);
    });
  }

  private async takeOn(): Promise<void> {
    while (this.lookAgain && !this.stopping) {
      this.lookAgain = false;
      await this.withDatabase(async () => {
        while (this.playing.size < this.config.backtests.concurrency && !this.stopping) {
          const job = await this.backtests.claim(this.claimant, LEASE_MS, [...this.playing.keys()]);
          if (job === null) break;
          this.begin(job);
        }
        this.metrics.queued(await this.backtests.countQueued());
      });
    }
  }

  private begin(job: ClaimedBacktest): void {
    const playing: Playing = {
      job,
      abort: new AbortController(),
      since: this.clock.now(),
      progress: 0,
      over: Promise.resolve(),
    };
    this.playing.set(job.id, playing);
    this.metrics.running(this.playing.size);
    this.tell(job.clusterId, { id: job.id, status: 'running', progress: 0, error: null });
    playing.over = this.play(playing).finally(() => {
      this.playing.delete(job.id);
      this.metrics.running(this.playing.size);
      void this.look();
    });
  }

  /** If the database is unreachable, the job is restarted after its lease expires. */
  private async play(playing: Playing): Promise<void> {
    const { job, since } = playing;
    await this.withDatabase(async () => {
      const outcome = await this.outcome(playing, await this.recordedOf(job));
      const status = await this.writeDown(job, outcome);
      if (status === null) return;
      this.metrics.ended(status, (this.clock.now() - since) / 1000);
      // Canceling already sent the event.
      if (status === 'cancelled') return;
      const progress = status === 'done' ? 1 : playing.progress;
      const error = outcome instanceof Error ? this.messageOf(outcome) : null;
      this.tell(job.clusterId, { id: job.id, status, progress, error });
    });
  }

  private async outcome(playing: Playing, recorded: RecordedDemand | null): Promise<BacktestResultDto | Error> {
    const { job, abort } = playing;
    const { id, clusterId } = job;
    if (job.attempts > MOST_ATTEMPTS) {
      const times = `${MOST_ATTEMPTS} times the service ended, or lost its database, while it was played`;
      return new Error(`${times}; it is not begun again`);
    }
    try {
      const { report, remarks } = await playInThread(this.dataOf(job, recorded), {
        signal: abort.signal,
        onProgress: (progress) => {
          playing.progress = progress;
          this.tell(clusterId, { id, status: 'running', progress, error: null });
        },
      });
      return toBacktestResult(report, remarks, costFromWire(job.request.cost ?? {}));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** @returns the job's status; `null` if this process lost the claim */
  private async writeDown(
    { id, clusterId }: ClaimedBacktest,
    outcome: BacktestResultDto | Error,
  ): Promise<'done' | 'failed' | 'cancelled' | null> {
    if (!(outcome instanceof Error)) return (await this.backtests.succeed(id, this.claimant, outcome)) ? 'done' : null;
    if (outcome instanceof Ended && outcome.why !== 'timeout') {
      if (outcome.why === 'stopping') await this.backtests.release(id, this.claimant);
      return outcome.why === 'cancelled' ? 'cancelled' : null;
    }
    const message = this.messageOf(outcome);
    this.logger.warn(`backtest ${id} of cluster ${clusterId} failed: ${message}`);
    return (await this.backtests.fail(id, this.claimant, message)) ? 'failed' : null;
  }

  private messageOf(error: Error): string {
    if (!(error instanceof Ended)) return error.message;
    const allowed = formatDuration(this.config.backtests.timeout);
    return `it took longer than ${allowed}, which backtests.timeout allows; play a shorter range, or less beside it`;
  }

  private async recordedOf({ clusterId, request, trace }: ClaimedBacktest): Promise<RecordedDemand | null> {
    if (trace !== null) return null;
    return this.observations.demand(clusterId, Date.parse(request.from ?? ''), Date.parse(request.to ?? ''));
  }

  private dataOf({ clusterId, request, trace }: ClaimedBacktest, recorded: RecordedDemand | null): BacktestWorkerData {
    const thresholds = thresholdDefaults(this.config);
    const policies = request.policies.map(({ name, policy }) => ({
      name,
      policy: policyFromStored(policy, thresholds),
    }));
    return {
      demand:
        recorded === null
          ? { kind: 'trace', csv: trace ?? '', peakServers: request.peak_servers ?? 1 }
          : { kind: 'history', clusterId, recorded },
      settings: {
        tickSeconds: parseDuration(request.tick) / 1000,
        provisionSeconds: parseDuration(request.provisioning) / 1000,
        min: request.min_servers,
        max: request.max_servers,
        noise: request.noise,
        seed: request.seed,
        promise: promiseOf(policies),
        policies,
        compare: request.compare,
        frontier: request.promises.map((promise) => parsePercent(promise) ?? 0),
        timelinePoints: TIMELINE_POINTS,
      },
    };
  }

  private async endAll(why: Ended['why']): Promise<void> {
    const ending = [...this.playing.values()];
    for (const { abort } of ending) abort.abort(new Ended(why));
    await Promise.allSettled(ending.map(({ over }) => over));
  }

  private tell(clusterId: string, data: LiveBacktest): void {
    if (!this.bus.heard('backtest')) return;
    const timestamp = new Date(this.clock.now()).toISOString();
    this.bus.emit('backtest', { type: 'backtest', cluster_id: clusterId, timestamp, data });
  }

  /** An unreachable database is logged once; the next poll retries. */
  private async withDatabase(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.troubled = false;
    } catch (error) {
      if (!this.troubled) this.logger.warn(`backtests are waiting for the database: ${(error as Error).message}`);
      this.troubled = true;
    }
  }
}
