import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type AppConfig, parseDuration } from '#config';
import { openDatabase } from '#database';
import { DemandHistory } from '#metrics';
import { demandOf, parseTrace, ticksOf, type Trace, TraceError, traceOf } from '#world';
import { OperationalError } from '../operational.error.js';
import type { BacktestFlags, BacktestOptions } from './options.js';

/** Demand by tick, where it came from, and what is to be known of it. */
export interface LoadedDemand {
  readonly name: string;
  readonly demand: Float64Array;
  readonly startAt: number;
  readonly remarks: readonly string[];
}

const DEFAULT_RANGE = '14d';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws OperationalError when the file cannot be read or is no trace */
export async function demandOfTrace(file: string, options: BacktestOptions): Promise<LoadedDemand> {
  const name = basename(file).replace(/\.csv$/, '');
  const trace = readTrace(name, await readText(file, 'the trace'));
  const { tickSeconds, days, scale } = options;
  const demand =
    scale.kind === 'peak'
      ? demandOf(trace, { tickSeconds, days, peakServers: scale.servers })
      : ticksOf(trace, tickSeconds, days).map((value) => (scale.kind === 'capacity' ? value / scale.perServer : value));
  return { name, demand, startAt: trace.times[0]!, remarks: [] };
}

/** @throws OperationalError when the cluster has no history in the range */
export async function demandOfCluster(
  id: string,
  flags: Pick<BacktestFlags, 'from' | 'to'>,
  options: BacktestOptions,
  config: AppConfig,
): Promise<LoadedDemand> {
  if (!UUID.test(id)) throw new OperationalError(`autoscaler backtest: "${id}" is not the id of a cluster`);
  const to = timeOf('to', flags.to) ?? Date.now();
  const from = timeOf('from', flags.from) ?? to - parseDuration(DEFAULT_RANGE);
  const database = await openDatabase(config.database);
  try {
    const { points, saturated } = await new DemandHistory(database).between(id, from, to);
    if (points.length < 2) {
      throw new OperationalError(
        `autoscaler backtest: cluster ${id} has no history from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
      );
    }
    const trace = traceOf(id, points);
    const remarks =
      saturated === 0
        ? []
        : [
            `In ${(100 * saturated).toFixed(1)} % of the minutes the cluster was saturated: demand was at least what is played.`,
          ];
    return { name: id, demand: ticksOf(trace, options.tickSeconds, options.days), startAt: trace.times[0]!, remarks };
  } finally {
    await database.destroy();
  }
}

/** @throws OperationalError when the file cannot be read */
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
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new OperationalError(
      `autoscaler backtest: --${flag} must be a time such as 2026-01-05T00:00:00Z, not "${text}"`,
    );
  }
  return at;
}
