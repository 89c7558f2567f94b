import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { DatabaseHealth } from '../database.health.js';
import { reconcilePolicies } from './policies.js';

const LOOK_EVERY_MS = 15_000;

interface Job {
  readonly id: number;
  readonly everyMs: number;
  lastRunAt: number;
}

/**
 * Keeps history at the size that the configuration allows. TimescaleDB's background workers do the work where there are any; the
 * embedded database has none, so the same jobs are run from here, one at a time, on the schedule that TimescaleDB has for them.
 */
@Injectable()
export class DatabaseJobs implements OnApplicationBootstrap {
  private readonly logger = new Logger(DatabaseJobs.name);
  private jobs: Job[] = [];
  private running = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly health: DatabaseHealth,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!(await this.health.isMigrated())) return;
    const ids = await reconcilePolicies(this.dataSource, this.config.database);
    if (await this.hasBackgroundWorkers()) return;
    const rows = await this.dataSource.query<{ id: number; every_ms: number }[]>(
      `SELECT job_id AS id, (extract(epoch FROM schedule_interval) * 1000)::float8 AS every_ms
         FROM timescaledb_information.jobs WHERE job_id = ANY($1)`,
      [ids],
    );
    // Counted from the start: a restart every hour must not keep a daily job from ever running, so the first run is due at once.
    this.jobs = rows.map(({ id, every_ms: everyMs }) => ({ id, everyMs, lastRunAt: Number.NEGATIVE_INFINITY }));
  }

  /** Runs the jobs that are due, one after the other; a job that fails is tried again when it is next due. */
  @Interval('database-jobs', LOOK_EVERY_MS)
  async runDue(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      const due = this.jobs.filter((job) => this.clock.now() - job.lastRunAt >= job.everyMs);
      for (const job of due) await this.run(job);
    } finally {
      this.running = false;
    }
  }

  private async run(job: Job): Promise<void> {
    job.lastRunAt = this.clock.now();
    try {
      await this.dataSource.query(`CALL run_job(${job.id})`);
    } catch (error) {
      this.logger.error(`job ${job.id} of the database failed: ${(error as Error).message}`);
    }
  }

  private async hasBackgroundWorkers(): Promise<boolean> {
    const [{ workers }] = await this.dataSource.query<[{ workers: number }]>(
      `SELECT count(*)::int AS workers FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB%'`,
    );
    return workers > 0;
  }
}
