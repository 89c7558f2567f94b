import { Inject, Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import { APP_CONFIG, type AppConfig, Clock, VERSION } from '#config';
import { DatabaseHealth } from '#database';
import { errorBody, UnavailableError } from '#http';
import { LoopHealth } from '#scaler';
import { Partitions } from '#partitions';
import { DrainState } from './drain-state.js';
import type { CheckDto, HealthDto, UnhealthyDto } from './health.dto.js';

/** A loop without a completed run for this many intervals is not ticking. */
const MISSED_INTERVALS = 3;
/** Timeout of a check: a health request must not hang. */
const CHECK_WITHIN_MS = 5000;

/** The dependencies of the service, checked at each call. */
@Injectable()
export class HealthService {
  private readonly startedAt: number;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly loop: LoopHealth,
    private readonly drain: DrainState,
    private readonly clock: Clock,
    private readonly partitions: Partitions,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    this.startedAt = clock.now();
  }

  /** The process answers; checks nothing else. */
  alive(): HealthDto {
    return this.report({});
  }

  /**
   * Migrated, connected, ticking and not draining; never rejects.
   *
   * @param lacking start of the error message, such as `not ready`
   * @param code the same for programs
   */
  async check(lacking: string, code: string): Promise<HealthDto | UnhealthyDto> {
    const { details } = await this.ask();
    const checks = details as Readonly<Record<string, CheckDto>>;
    const down = Object.entries(checks).flatMap(([field, { status, reason }]) =>
      status === 'up' ? [] : [{ field, error: reason ?? 'down' }],
    );
    if (down.length === 0) return this.report(checks);
    const message = `${lacking}: ${down.map(({ error }) => error).join('; ')}`;
    const { error, trace_id } = errorBody(new UnavailableError(code, message));
    const { version, uptime_seconds, shares } = this.report(checks);
    return { status: 'error', error, code, details: down, version, uptime_seconds, shares, checks, trace_id };
  }

  private report(checks: Readonly<Record<string, CheckDto>>): HealthDto {
    const uptime = Math.floor((this.clock.now() - this.startedAt) / 1000);
    return { status: 'ok', version: VERSION, uptime_seconds: uptime, shares: this.partitions.status().held, checks };
  }

  private async ask(): Promise<HealthCheckResult> {
    const within = MISSED_INTERVALS * Math.max(this.config.collector.interval, this.config.scaler.wakeInterval);
    const isMigrated = async (): Promise<boolean> => this.database.isMigrated();
    const answers = async (): Promise<boolean> => this.database.ping().then(() => true);
    try {
      return await this.health.check([
        async () => this.tell('database', this.databaseDown(), answers),
        async () => this.tell('migrations', 'the schema is not known to be that of this release', isMigrated),
        async () => this.tell('loop', 'the loop does not tick', () => this.loop.isTicking(this.clock.now(), within)),
        async () => this.tell('draining', 'the service is stopping', () => !this.drain.draining),
      ]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private databaseDown(): string {
    const isOnJournal = this.loop.status().journaledEvents > 0;
    return `the database does not answer${isOnJournal ? '; servers are only added, and the local journal has the changes' : ''}`;
  }

  /** Health is public, so the reason is a fixed sentence: errors name hosts and users. */
  private async tell<Key extends string>(key: Key, reason: string, good: () => boolean | Promise<boolean>) {
    const indicator = this.indicators.check(key);
    return (await inTime(good)) ? indicator.up() : indicator.down({ reason });
  }
}

async function inTime(good: () => boolean | Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_WITHIN_MS);
  });
  try {
    return await Promise.race([good(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
