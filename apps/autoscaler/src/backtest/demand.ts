import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataSource } from 'typeorm';
import { ClusterRepository, type Cost } from '#clusters';
import { type AppConfig, parseDuration } from '#config';
import { migrationStatus } from '#database';
import type { Bounds, Policy } from '#engine';
import { isTime } from '#http';
import { ObservationAggregateRepository } from '#metrics';
import { ClusterStateRepository } from '#scaler';
import {
  demandOfHistory,
  demandOfTrace,
  parseTrace,
  type PlayedDemand,
  tickCount,
  type Trace,
  TraceError,
} from '#world';
import { withInertService } from '../cli/inert-service.js';
import { OperationalError } from '../operational.error.js';
import { type BacktestFlags, type BacktestOptions, DEFAULT_PEAK_SERVERS } from './options.js';

/** Demand by tick, and its source. */
export interface LoadedDemand extends PlayedDemand {
  readonly name: string;
  /** Defaults from the cluster whose history is played. */
  readonly cluster?: {
    readonly policy: Policy;
    readonly bounds: Bounds;
    /** Of a server; `null`: not stated. */
    readonly cost: Cost | null;
    /** Measured; `null` before the first measurement. */
    readonly leadTimeMs: number | null;
  };
}

const DEFAULT_RANGE = '14d';
/** A year at one tick per ten seconds; beyond it memory is the limit. */
const MOST_TICKS = 4_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws OperationalError if the file cannot be read or is not a trace */
export async function loadTrace(file: string, options: BacktestOptions): Promise<LoadedDemand> {
  const name = basename(file).replace(/\.csv$/, '');
  const trace = readTrace(name, await readText(file, 'the trace'));
  const ticks = tickCount(trace, options.tickSeconds, options.days);
  if (ticks > MOST_TICKS) {
    throw new OperationalError(
      `autoscaler backtest: ${file} in ticks of ${options.tickSeconds} s makes ${ticks} ticks, and ${MOST_TICKS} are allowed; choose a longer --tick or fewer --days`,
    );
  }
  const scale = options.scale ?? { kind: 'peak', servers: DEFAULT_PEAK_SERVERS };
  return { name, ...demandOfTrace(trace, scale, options) };
}

/**
 * @throws OperationalError if the schema is not up to date, the cluster does not exist, or it has no history in the
 * range
 */
export async function loadCluster(
  id: string,
  flags: Pick<BacktestFlags, 'from' | 'to'>,
  options: BacktestOptions,
  config: AppConfig,
): Promise<LoadedDemand> {
  if (!UUID.test(id)) throw new OperationalError(`autoscaler backtest: "${id}" is not the id of a cluster`);
  const to = timeOf('to', flags.to) ?? Date.now();
  const from = timeOf('from', flags.from) ?? to - parseDuration(DEFAULT_RANGE);
  if (from >= to) throw new OperationalError('autoscaler backtest: --from must be before --to');
  // A backtest changes nothing, including the schema.
  const unchanged = { ...config, database: { ...config.database, migrateOnStart: false } };
  return withInertService(unchanged, async (app) => {
    if ((await migrationStatus(app.get(DataSource))).pending.length > 0) {
      throw new OperationalError(
        'autoscaler backtest: the schema of the database is not up to date; run "autoscaler migrate" first',
      );
    }
    const cluster = await app.get(ClusterRepository).find(id);
    if (cluster === null) throw new OperationalError(`autoscaler backtest: there is no cluster ${id}`);
    const { name, policy, bounds, cost = null, simulatedUntil = null } = cluster;
    // What is played is written to files, and a simulated past must not leave the service.
    const since = Math.max(from, simulatedUntil ?? from);
    const recorded = await app.get(ObservationAggregateRepository).demand(id, since, to);
    if (recorded.points.length < 2) {
      throw new OperationalError(
        `autoscaler backtest: cluster ${id} has no history from ${new Date(since).toISOString()} to ${new Date(to).toISOString()}`,
      );
    }
    const leadTimeMs = await app.get(ClusterStateRepository).leadTimeMs(id);
    const played = demandOfHistory(name, recorded, options);
    const leftOut =
      since === from ? [] : [`history before ${new Date(since).toISOString()} is simulated and was left out`];
    const remarks = [...played.remarks, ...leftOut];
    return { name, ...played, remarks, cluster: { policy, bounds, cost, leadTimeMs } };
  });
}

/** @throws OperationalError if the file cannot be read */
export async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new OperationalError(`autoscaler backtest: ${what} ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function readTrace(name: string, text: string): Trace {
  try {
    return parseTrace(name, text);
  } catch (error) {
    if (error instanceof TraceError)
      throw new OperationalError(`autoscaler backtest: ${error.message}`, { cause: error });
    throw error;
  }
}

function timeOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  // `Date` parses many other formats, and text without a zone as local time.
  const at = isTime(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new OperationalError(
      `autoscaler backtest: --${flag} must be a time such as 2026-01-05T00:00:00Z, not "${text}"`,
    );
  }
  return at;
}
