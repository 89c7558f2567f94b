import { type AppConfig, parseDecimal, parseDuration } from '#config';
import { parsePercent } from '#clusters';
import { MOST_SERVERS } from '#engine';
import { COMPARABLE_NAMES, type ComparableName, type TraceScale } from '#world';
import { OperationalError } from '../operational.error.js';

/** Flags of `autoscaler backtest` as given. */
export interface BacktestFlags {
  readonly trace?: string;
  readonly cluster?: string;
  readonly from?: string;
  readonly to?: string;
  readonly days?: string;
  readonly policy?: readonly string[];
  readonly provision?: string;
  readonly tick: string;
  readonly peakServers?: string;
  readonly capacity?: string;
  readonly min?: string;
  readonly max?: string;
  readonly seed: string;
  readonly noise: string;
  readonly compare?: string;
  readonly frontier?: string | boolean;
  readonly timeline?: string;
  readonly html?: string;
  readonly json?: boolean;
}

export const DEFAULT_PEAK_SERVERS = 40;
const DEFAULT_FRONTIER = '0.1%,0.2%,0.5%,1%,2%,5%';
/** Always played. */
const ALWAYS = 'oracle';

/** Parsed flags. Durations in seconds, shares as fractions; `null` if the default depends on the demand. */
export interface BacktestOptions {
  readonly provisionSeconds: number | null;
  readonly tickSeconds: number;
  readonly scale: TraceScale | null;
  readonly days: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly seed: number;
  readonly noise: number;
  readonly compare: readonly ComparableName[];
  readonly frontier: readonly number[];
}

/** @throws OperationalError naming every invalid flag, what is wrong and what is allowed */
export function readFlags(flags: BacktestFlags): BacktestOptions {
  const faults: string[] = [];
  const fault = <T>(message: string, instead: T): T => {
    faults.push(message);
    return instead;
  };
  const number = (flag: string, text: string, least: number, most: number, whole = false): number => {
    const value = parseDecimal(text);
    const allowed = value >= least && value <= most && (!whole || Number.isInteger(value));
    return allowed
      ? value
      : fault(`--${flag} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`, least);
  };
  const seconds = (flag: string, text: string, least: number, most: number): number => {
    try {
      const value = parseDuration(text) / 1000;
      if (value >= least && value <= most) return value;
    } catch {
      // Reported below, with what is allowed.
    }
    return fault(`--${flag} must be a duration from ${least}s to ${most}s, such as 60s or 5m, not "${text}"`, least);
  };
  if ((flags.trace === undefined) === (flags.cluster === undefined)) {
    faults.push('name either --trace FILE.csv or --cluster ID');
  }
  if (flags.cluster !== undefined && (flags.peakServers ?? flags.capacity) !== undefined) {
    faults.push('--peak-servers and --capacity are for traces; the demand of a cluster is known in servers');
  }
  if (flags.cluster === undefined && (flags.from ?? flags.to) !== undefined) {
    faults.push('--from and --to are for --cluster; a trace is cut with --days');
  }
  if (flags.peakServers !== undefined && flags.capacity !== undefined) {
    faults.push('--peak-servers and --capacity both say how large a server is: give one of them');
  }
  const names = [...new Set(list(flags.compare))].filter((name) => name !== ALWAYS);
  const compare = names.flatMap((name) => COMPARABLE_NAMES.find((known) => known === name) ?? []);
  const unknown = names.filter((name) => !COMPARABLE_NAMES.some((known) => known === name));
  if (unknown.length > 0) {
    faults.push(`--compare knows ${COMPARABLE_NAMES.join(', ')}; not ${unknown.join(', ')}`);
  }
  // The page is for choosing a promise on the frontier.
  const frontier = flags.frontier ?? flags.html !== undefined;
  const promises = frontier === false ? [] : list(frontier === true ? DEFAULT_FRONTIER : frontier);
  const options: BacktestOptions = {
    provisionSeconds: flags.provision === undefined ? null : seconds('provision', flags.provision, 0, 86_400),
    tickSeconds: seconds('tick', flags.tick, 1, 3600),
    scale:
      flags.capacity !== undefined
        ? { kind: 'capacity', perServer: number('capacity', flags.capacity, 1e-9, 1e12) }
        : flags.peakServers !== undefined
          ? { kind: 'peak', servers: number('peak-servers', flags.peakServers, 0.01, 1e6) }
          : null,
    days: flags.days === undefined ? Number.POSITIVE_INFINITY : number('days', flags.days, 0.01, 10_000),
    min: flags.min === undefined ? null : number('min', flags.min, 1, MOST_SERVERS, true),
    max: flags.max === undefined ? null : number('max', flags.max, 1, MOST_SERVERS, true),
    seed: number('seed', flags.seed, 0, 2 ** 32 - 1, true),
    noise: number('noise', flags.noise, 0, 0.5),
    compare,
    frontier: promises.map((text) => {
      const share = parsePercent(text);
      return share !== null && share > 0 && share <= 0.5
        ? share
        : fault(
            `--frontier must list promises such as 0.5%,1%,2%, each above 0 % and at most 50 %, not "${text}"`,
            0.01,
          );
    }),
  };
  if (options.min !== null && options.max !== null && options.min > options.max)
    faults.push(`--min (${options.min}) must not exceed --max (${options.max})`);
  if (faults.length > 0) throw new OperationalError(`autoscaler backtest: ${faults.join('; ')}`);
  return options;
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Source of the defaults of a `threshold` policy. */
export type ThresholdConfig = Pick<AppConfig, 'analyzer' | 'decision'>;
