import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { DatabaseHealth } from '../database.health.js';
import { comparePolicies, mayChangePolicies, type PolicyJob, reconcilePolicies } from './policies.js';

const LOOK_EVERY_MS = 15_000;
/** How often the jobs of TimescaleDB's own workers are checked. */
const ASK_WORKERS_EVERY_MS = 60_000;
/** A job that is overdue by this much will not be run by a worker. */
const OVERDUE_AFTER = '1 hour';
const OVERDUE =
  "it is long overdue; TimescaleDB's background workers do not run (SELECT _timescaledb_functions.start_background_workers() as a superuser starts them)";
/** Error of PostgreSQL after a committed job, when its worker ends. */
const DONE = /^cannot drop portal /;
const RECORDED_AS_FAILED =
  'database jobs succeed but are recorded as failed: this PostgreSQL is newer than its TimescaleDB expects (docs/deployment.md names versions that work together). They are kept on schedule.';
/** The embedded database is blocked during a job. */
const LONG_JOB_MS = 5_000;

interface ScheduledJob extends PolicyJob {
  readonly everyMs: number;
  lastRunAt: number;
}

/**
 * Keeps history within the configured retention. TimescaleDB's background workers run the jobs where they exist; the
 * embedded database has none, so the same jobs are run from here, one at a time, on TimescaleDB's schedule.
 */
@Injectable()
export class DatabaseJobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(DatabaseJobs.name);
  /** `undefined` until the schema exists and its jobs match the configuration. */
  private jobs: ScheduledJob[] | undefined;
  /** Jobs run by TimescaleDB's own workers. */
  private left: readonly PolicyJob[] = [];
  private askedAt = Number.NEGATIVE_INFINITY;
  /** Jobs whose last run the workers recorded as failed although its work was done. */
  private done: ReadonlySet<number> = new Set();
  /** Jobs whose last run failed, and why. */
  private readonly failed = new Map<number, string>();
  private running = false;
  private stopping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly health: DatabaseHealth,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.exclusively(async () => this.prepare());
  }

  /** Number of jobs whose last run failed: history then is not dropped, compressed or aggregated. */
  get failing(): number {
    return this.failed.size;
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Runs the due jobs, one after the other; a failed job is retried when it is next due. */
  @Interval('database-jobs', LOOK_EVERY_MS)
  async runDue(): Promise<void> {
    await this.exclusively(async () => {
      // The schema may be migrated after the start, by `autoscaler migrate`.
      if (this.jobs === undefined) await this.prepare();
      const due = this.jobs?.filter((job) => this.clock.now() - job.lastRunAt >= job.everyMs) ?? [];
      for (const job of due) {
        if (this.stopping) return;
        await this.run(job);
      }
      await this.askWorkers();
    });
  }

  private async exclusively(work: () => Promise<void>): Promise<void> {
    if (this.running || this.stopping) return;
    this.running = true;
    try {
      await work();
    } catch (error) {
      this.logger.error(`cannot supervise database jobs: ${(error as Error).message}; retrying`);
    } finally {
      this.running = false;
    }
  }

  private async prepare(): Promise<void> {
    if (!(await this.health.isMigrated())) return;
    const wanted = await this.policies();
    this.left = (await this.hasBackgroundWorkers()) ? wanted : [];
    this.jobs = this.left.length > 0 ? [] : await this.schedule(wanted);
  }

  /** The owner of the tables reconciles the jobs with the configuration; a role with fewer rights reports differences. */
  private async policies(): Promise<readonly PolicyJob[]> {
    const { dataSource, config } = this;
    if (await mayChangePolicies(dataSource)) return reconcilePolicies(dataSource, config.database);
    const { jobs, outdated } = await comparePolicies(dataSource, config.database);
    if (outdated.length > 0) {
      this.logger.warn(
        `database jobs differ from the configuration (${outdated.join(', ')}); run "autoscaler migrate" as the owner of the tables`,
      );
    }
    return jobs;
  }

  private async schedule(wanted: readonly PolicyJob[]): Promise<ScheduledJob[]> {
    const rows = await this.dataSource.query<{ id: number; every_ms: number }[]>(
      `SELECT job_id AS id, (extract(epoch FROM schedule_interval) * 1000)::float8 AS every_ms
         FROM timescaledb_information.jobs WHERE job_id = ANY($1)`,
      [wanted.map(({ id }) => id)],
    );
    const names = new Map(wanted.map(({ id, name }) => [id, name]));
    // The first run is due at the start: otherwise hourly restarts would keep a daily job from ever running.
    return rows.map(({ id, every_ms: everyMs }) => ({
      id,
      name: names.get(id) ?? 'a job',
      everyMs,
      lastRunAt: Number.NEGATIVE_INFINITY,
    }));
  }

  private async run(job: ScheduledJob): Promise<void> {
    const startedAt = this.clock.now();
    job.lastRunAt = startedAt;
    try {
      await this.dataSource.query(`CALL run_job(${job.id})`);
    } catch (error) {
      this.note(job, (error as Error).message);
      return;
    }
    this.note(job, null);
    const tookMs = this.clock.now() - startedAt;
    if (tookMs > LONG_JOB_MS) this.logger.warn(`${job.name} blocked the embedded database for ${tookMs} ms`);
  }

  /** Failures of workers appear only in the log of the server, while disks fill up. */
  private async askWorkers(): Promise<void> {
    const now = this.clock.now();
    if (this.left.length === 0 || (this.done.size === 0 && now - this.askedAt < ASK_WORKERS_EVERY_MS)) return;
    this.askedAt = now;
    await this.rescheduleDone();
    const rows = await this.dataSource.query<{ id: number; error: string | null }[]>(
      `SELECT job_id AS id, CASE WHEN last_run_status = 'Failed'
              THEN (SELECT err_message FROM timescaledb_information.job_errors e WHERE e.job_id = s.job_id ORDER BY start_time DESC LIMIT 1)
              ELSE $3 END AS error
         FROM timescaledb_information.job_stats s
        WHERE job_id = ANY($1)
          AND (last_run_status = 'Failed' OR (job_status = 'Scheduled' AND isfinite(next_start) AND next_start < now() - $2::interval))`,
      [this.left.map(({ id }) => id), OVERDUE_AFTER, OVERDUE],
    );
    const failed = rows.filter(({ id, error }) => !this.done.has(id) && !DONE.test(error ?? ''));
    const errors = new Map(failed.map(({ id, error }) => [id, error ?? 'the log of the server says why']));
    for (const job of this.left) this.note(job, errors.get(job.id) ?? null);
  }

  /** Undoes the delay that TimescaleDB adds to jobs that it records as failed although they are done. */
  private async rescheduleDone(): Promise<void> {
    const rows = await this.dataSource.query<{ id: number }[]>('SELECT reschedule_finished_jobs($1) AS id', [
      this.left.map(({ id }) => id),
    ]);
    if (rows.length > 0 && this.done.size === 0) this.logger.warn(RECORDED_AS_FAILED);
    this.done = new Set(rows.map(({ id }) => id));
  }

  /** Logs a repeated failure once. */
  private note(job: PolicyJob, error: string | null): void {
    if (error === null) this.failed.delete(job.id);
    else if (this.failed.get(job.id) !== error) {
      this.failed.set(job.id, error);
      this.logger.error(`${job.name} (job ${job.id} of the database) failed: ${error}`);
    }
  }

  private async hasBackgroundWorkers(): Promise<boolean> {
    // Only roles with pg_read_all_stats see the processes of others; only a server has workers.
    const [{ workers }] = await this.dataSource.query<[{ workers: number }]>(
      `SELECT count(*)::int AS workers FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB%' OR backend_type IS NULL`,
    );
    return workers > 0;
  }
}
