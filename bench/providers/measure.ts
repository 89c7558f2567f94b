import { setTimeout as delay } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, MeasuredProcess } from '../loop/process.js';
import { quantileBetween, Scrape } from '../loop/scrape.js';
import type { Counter } from './requests.js';

export const INTERVAL_MS = 10_000;
const WARM_UP_INTERVALS = 6;
const MEASURED_INTERVALS = 12;

/** What a tick of all clusters costs. */
export interface Measured {
  /** Share of the time in which the loop was busy. */
  readonly interval_share: number;
  readonly cpu_ms_per_tick: number;
  readonly p99_lateness_ms: number;
  /** Completed ticks as a share of the due ones. */
  readonly completed_share: number;
  /** Before there were clusters, and at the end. */
  readonly rss_mb: readonly [number, number];
  /** By what is asked, for each interval. */
  readonly requests_per_interval: Readonly<Record<string, number>>;
}

/** The service with a database of its own; the caller stops it. */
export class Bench {
  private constructor(
    private readonly folder: string,
    private readonly service: MeasuredProcess,
    private readonly prometheus: string,
    private readonly idleMb: number,
    readonly url: string,
  ) {}

  /** @param allowed addresses that connections may lead to */
  static async start(allowed: string, simulator = 'http://127.0.0.1:9'): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-providers-'));
    const [api, prometheus] = [await freePort(), await freePort()];
    const environment = {
      AUTOSCALER_APP_LOG_LEVEL: 'warn',
      AUTOSCALER_APP_SECRETS_KEY: 'a-key-of-the-benchmark-0123456789abcdef',
      AUTOSCALER_API_PORT: String(api),
      AUTOSCALER_API_RATE_LIMIT: '1000000',
      AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
      AUTOSCALER_COLLECTOR_ALLOWED_URLS: allowed,
      AUTOSCALER_COLLECTOR_SIMULATOR_URL: simulator,
      AUTOSCALER_COLLECTOR_INTERVAL: `${INTERVAL_MS}ms`,
      AUTOSCALER_SCALER_WAKE_INTERVAL: '1s',
      // The control plane runs on the same processors.
      AUTOSCALER_COLLECTOR_TIMEOUT: '8s',
      AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database'),
    };
    const url = `http://127.0.0.1:${api}`;
    try {
      const service = await MeasuredProcess.start('autoscaler', ['serve'], environment, `${url}/health/live`);
      return new Bench(folder, service, `http://127.0.0.1:${prometheus}`, service.rssMb(), url);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async measure(clusters: number, counter: Counter): Promise<Measured> {
    await delay(WARM_UP_INTERVALS * INTERVAL_MS);
    counter.take(1);
    const before = { scrape: await Scrape.of(this.prometheus), cpu: this.service.cpuMs(), at: performance.now() };
    await delay(MEASURED_INTERVALS * INTERVAL_MS);
    const after = { scrape: await Scrape.of(this.prometheus), cpu: this.service.cpuMs(), at: performance.now() };
    const difference = (name: string, labels = ''): number =>
      after.scrape.sum(name, labels) - before.scrape.sum(name, labels);
    const elapsed = after.at - before.at;
    const intervals = elapsed / INTERVAL_MS;
    const ticks = difference('autoscaler_loop_ticks_total', 'result="completed"');
    return {
      interval_share: round((difference('autoscaler_loop_stage_duration_seconds_sum') * 1000) / elapsed, 3),
      cpu_ms_per_tick: round((after.cpu - before.cpu) / intervals, 0),
      p99_lateness_ms: quantileBetween(before.scrape, after.scrape, 'autoscaler_loop_lag_seconds', 0.99) * 1000,
      completed_share: round(ticks / (clusters * intervals), 3),
      rss_mb: [this.idleMb, this.service.rssMb()],
      requests_per_interval: counter.take(intervals),
    };
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
