import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, type HealthCheckResult, HealthIndicatorService } from '@nestjs/terminus';
import { Public } from '#auth';
import { APP_CONFIG, type AppConfig, Clock } from '#config';
import { DatabaseHealth } from '#database';
import { NotRateLimited } from '#http';
import { LoopHealth } from '#scaler';
import { DrainState } from './drain-state.js';

/** A loop that completes no wake for so many intervals is not ticking. */
const MISSED_INTERVALS = 3;

@ApiTags('health')
@Public()
@NotRateLimited()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: DatabaseHealth,
    private readonly loop: LoopHealth,
    private readonly drain: DrainState,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @HealthCheck()
  @ApiOperation({ summary: 'The service and what it depends on' })
  overall(): Promise<HealthCheckResult> {
    return this.check();
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether to send requests here: migrated, connected, ticking and not draining' })
  ready(): Promise<HealthCheckResult> {
    return this.check();
  }

  @Get('live')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether the process answers at all; depends on nothing else' })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  private check(): Promise<HealthCheckResult> {
    const within = MISSED_INTERVALS * Math.max(this.config.collector.interval, this.config.scaler.wakeInterval);
    return this.health.check([
      () => this.tell('database', () => this.database.ping().then(() => true)),
      () => this.tell('migrations', () => this.database.isMigrated()),
      () => this.tell('loop', () => this.loop.isTicking(this.clock.now(), within)),
      () => this.tell('draining', () => !this.drain.draining),
    ]);
  }

  private async tell<Key extends string>(key: Key, good: () => boolean | Promise<boolean>) {
    const indicator = this.indicators.check(key);
    const up = await Promise.resolve(good()).catch(() => false);
    return up ? indicator.up() : indicator.down();
  }
}
