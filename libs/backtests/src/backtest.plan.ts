import { type Cluster, costToWire, formatPercent, parsePercent, policyFromWire, policyToWire } from '#clusters';
import { formatDuration, parseDuration } from '#config';
import type { Policy, ThresholdPolicy } from '#engine';
import { AppError, BadRequestError, type ErrorDetail } from '#http';
import { COMPARABLE_NAMES, parseTrace, tickCount, type Trace, TraceError, unplayable } from '#world';
import type { BacktestPolicyDto, BacktestRequestDto, CreateBacktestDto } from './backtest.dto.js';

/** About 140 days at one tick a minute; runs for a few minutes. */
export const MOST_TICKS = 200_000;
export const DEFAULT_PROMISES = [0.002, 0.005, 0.01, 0.02, 0.05];
export const DEFAULT_PROVISIONING_MS = 120_000;
const DEFAULT_RANGE_MS = 14 * 86_400_000;
const DEFAULT_PEAK_SERVERS = 40;
/** Default peak of a trace, as a share of the cluster's maximum. */
const PEAK_SHARE = 0.6;
const MINUTE_MS = 60_000;

/** Sources of a backtest's defaults. */
export interface BacktestCircumstances {
  readonly cluster: Pick<Cluster, 'policy' | 'bounds' | 'cost'>;
  /** Measured; `null` before the first measurement. */
  readonly leadTimeMs: number | null;
  readonly now: number;
  readonly thresholds: ThresholdPolicy;
  /** Upper limit of `max_servers`. */
  readonly maxServers: number;
}

/**
 * Fills in defaults, so that a rerun plays the same.
 *
 * @throws BadRequestError naming every invalid field
 */
export function planBacktest(dto: CreateBacktestDto, circumstances: BacktestCircumstances): BacktestRequestDto {
  const details: ErrorDetail[] = [];
  const fault = (field: string, error: string): void => void details.push({ field, error: `${field} ${error}` });
  const { cluster, leadTimeMs, thresholds, maxServers } = circumstances;
  const tickMs = dto.tick === undefined ? MINUTE_MS : parseDuration(dto.tick);
  const min = dto.min_servers ?? Math.max(1, cluster.bounds.min);
  const max = dto.max_servers ?? Math.max(min, cluster.bounds.max);
  if (min > max) fault('min_servers', `(${min}) must not be greater than max_servers (${max})`);
  if (max > maxServers) fault('max_servers', `must not be greater than ${maxServers}, which scaler.max_servers allows`);
  const demand =
    dto.trace === undefined ? planHistory(dto, circumstances.now, fault) : planTrace(dto, max, tickMs, fault);
  if (demand.from !== null && demand.to !== null) {
    assertShort((Date.parse(demand.to) - Date.parse(demand.from)) / tickMs, fault);
  }
  const policies = planPolicies(dto, cluster.policy, thresholds, details);
  if (details.length > 0) {
    throw new BadRequestError('validation_failed', details.map(({ error }) => error).join('; '), details);
  }
  return {
    ...demand,
    policies,
    provisioning: dto.provisioning ?? formatDuration(leadTimeMs ?? DEFAULT_PROVISIONING_MS),
    compare: dto.compare ?? COMPARABLE_NAMES,
    promises: (dto.promises ?? DEFAULT_PROMISES).map((promise) => formatPercent(parsePercent(promise) ?? 0)),
    min_servers: min,
    max_servers: max,
    tick: formatDuration(tickMs),
    noise: dto.noise ?? 0.02,
    seed: dto.seed ?? 1,
    cost: costToWire(cluster.cost),
  };
}

type Fault = (field: string, error: string) => void;
type PlannedDemand = Pick<BacktestRequestDto, 'source' | 'from' | 'to' | 'peak_servers'>;

function planHistory(dto: CreateBacktestDto, now: number, fault: Fault): PlannedDemand {
  if (dto.peak_servers !== undefined)
    fault('peak_servers', 'is for traces; the demand of a cluster is known in servers');
  if (dto.range !== undefined && dto.from !== undefined) fault('range', 'and from both say where to begin: give one');
  // The current minute is incomplete and would be different when the job runs again.
  const to = wholeMinute(dto.to === undefined ? now : Date.parse(dto.to));
  const from = dto.from === undefined ? to - rangeOf(dto) : wholeMinute(Date.parse(dto.from));
  // RFC 3339 allows second 60; `Date` does not parse it.
  if (Number.isNaN(from) || Number.isNaN(to)) {
    fault(Number.isNaN(to) ? 'to' : 'from', 'is a time that there is not');
    return { source: 'history', from: null, to: null, peak_servers: null };
  }
  if (to > now) fault('to', 'must not be in the future');
  if (from >= to) fault('from', 'must be before to');
  return { source: 'history', from: new Date(from).toISOString(), to: new Date(to).toISOString(), peak_servers: null };
}

function planTrace(dto: CreateBacktestDto, max: number, tickMs: number, fault: Fault): PlannedDemand {
  for (const field of ['range', 'from', 'to'] as const) {
    if (dto[field] !== undefined) fault(field, 'is for recorded history only, not for a trace');
  }
  const trace = readTrace(dto.trace ?? '', fault);
  if (trace !== null) assertShort(tickCount(trace, tickMs / 1000, Number.POSITIVE_INFINITY), fault);
  const peak = dto.peak_servers ?? Math.min(DEFAULT_PEAK_SERVERS, PEAK_SHARE * max);
  return { source: 'trace', from: null, to: null, peak_servers: peak };
}

function readTrace(text: string, fault: Fault): Trace | null {
  try {
    return parseTrace('trace', text);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    fault('trace', `cannot be read: ${error.message}`);
    return null;
  }
}

function assertShort(ticks: number, fault: Fault): void {
  if (ticks > MOST_TICKS) {
    fault('tick', `is too short: the run would have ${Math.ceil(ticks)} ticks, and ${MOST_TICKS} are allowed`);
  }
}

function planPolicies(
  { policies }: CreateBacktestDto,
  own: Policy,
  thresholds: ThresholdPolicy,
  details: ErrorDetail[],
): readonly BacktestPolicyDto[] {
  if (policies === undefined) {
    const problem = unplayable(own);
    if (problem !== null) {
      details.push({ field: 'policies', error: `policies must be given: of the cluster's own policy, ${problem}` });
    }
    return [{ name: 'current', policy: policyToWire(own) }];
  }
  return policies.flatMap(({ name, policy: dto }, index) => {
    const field = `policies.${index}.policy`;
    try {
      const policy = policyFromWire(dto, thresholds);
      const problem = unplayable(policy);
      if (problem === null) return [{ name, policy: policyToWire(policy) }];
      details.push({ field, error: `${field}: ${problem}` });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const found = error.details ?? [{ field: 'policy', error: error.message }];
      details.push(
        ...found.map((detail) => ({
          field: detail.field.replace(/^policy/, field),
          error: `policy "${name}": ${detail.error}`,
        })),
      );
    }
    return [];
  });
}

function rangeOf({ range }: CreateBacktestDto): number {
  return range === undefined ? DEFAULT_RANGE_MS : parseDuration(range);
}

function wholeMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
