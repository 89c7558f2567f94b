import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { ProviderError, type Sample, type Server } from '../sdk/index.js';
import type { AwsApi } from './aws-api.js';
import type { AsgMetrics } from './aws.fields.js';
import { chunks } from './chunks.js';

/** CloudWatch's limit for one request. */
const QUERIES_PER_REQUEST = 500;
const DETAILED_MS = 60_000;
const BASIC_MS = 300_000;
/** A period is read this long after its end: before, only a part of the instances has reported. */
const SETTLE_MS = 60_000;
/** CloudWatch can be this late: until then the average of a period changes as more instances report. */
const DELAY_MS = 180_000;
const LOOK_BACK_MS = 900_000;
/** A period that is due and not there yet is asked for again after this. CloudWatch charges for each query. */
const REPEAT_MS = 20_000;
/** A period that is there and can still change is asked for again after this. */
const CORRECT_MS = 60_000;
const FORGET_MS = 1_800_000;

/** One metric over periods; `points` by the end of their period. */
interface Series {
  readonly askedAt: number;
  readonly points: ReadonlyMap<number, number>;
  readonly newest: number | null;
}

interface Query {
  readonly key: string;
  readonly periodMs: number;
  readonly stat: NonNullable<MetricDataQuery['MetricStat']>;
}

/** What samples are made of: the metrics that a cluster names, and its servers with the time since when they are active. */
export interface Measured {
  readonly id: string;
  readonly spec: AsgMetrics;
  readonly servers: readonly Server[];
}

/**
 * How old the newest sample may be when CloudWatch works as usual: a period, and its delay.
 *
 * @returns milliseconds
 */
export function lateMsOf(spec: Pick<AsgMetrics, 'detailed'>): number {
  return periodOf(spec) + DELAY_MS;
}

/** Samples from CloudWatch. A sample has the time of the end of its period, however late it comes. */
export class CloudWatch {
  private readonly series = new Map<string, Series>();

  constructor(
    private readonly api: Pick<AwsApi, 'metricData'>,
    private readonly clock: { now(): number },
  ) {}

  /** Asks for what may be new, once for all clusters. @returns by id of cluster */
  async samplesOf(
    measured: readonly Measured[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Sample[] | ProviderError>> {
    const now = this.clock.now();
    const queries = new Map(measured.flatMap(queriesOf).map((query) => [query.key, query]));
    const due = [...queries.values()].filter((query) => this.isDue(query, now));
    const failed = new Map<string, ProviderError>();
    await Promise.all(
      chunks(due, QUERIES_PER_REQUEST).map(async (chunk) => {
        for (const [key, error] of await this.renew(chunk, now, signal)) failed.set(key, error);
      }),
    );
    this.forget(now);
    return new Map(measured.map((one) => [one.id, this.samplesOrError(one, failed)]));
  }

  private isDue({ key, periodMs }: Query, now: number): boolean {
    const known = this.series.get(key);
    if (known === undefined || now < known.askedAt) return true;
    const newest = Math.floor((now - SETTLE_MS) / periodMs) * periodMs;
    const age = now - known.askedAt;
    if ((known.newest ?? 0) < newest) return age >= REPEAT_MS;
    return known.askedAt < (known.newest ?? 0) + DELAY_MS && age >= CORRECT_MS;
  }

  /** @returns the queries that failed */
  private async renew(
    queries: readonly Query[],
    now: number,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ProviderError>> {
    const to = Math.floor((now - SETTLE_MS) / DETAILED_MS) * DETAILED_MS;
    // A multiple of each period, as CloudWatch rounds it otherwise.
    const from = Math.floor((to - LOOK_BACK_MS) / BASIC_MS) * BASIC_MS;
    const asked = queries.map(({ stat }, index) => ({ Id: `q${index}`, MetricStat: stat }));
    let results: readonly MetricDataResult[];
    try {
      results = await this.api.metricData(asked, { from, to }, signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      return new Map(queries.map(({ key }) => [key, error]));
    }
    const failed = new Map<string, ProviderError>();
    queries.forEach(({ key, periodMs, stat }, index) => {
      const parts = results.filter(({ Id: id }) => id === `q${index}`);
      const error = errorOf(parts, stat.Metric?.MetricName ?? '');
      if (error !== null) failed.set(key, error);
      else this.series.set(key, { askedAt: now, ...pointsOf(parts, periodMs, to) });
    });
    return failed;
  }

  private samplesOrError(
    measured: Measured,
    failed: ReadonlyMap<string, ProviderError>,
  ): readonly Sample[] | ProviderError {
    const error = queriesOf(measured)
      .map(({ key }) => failed.get(key))
      .find((one) => one !== undefined);
    if (error !== undefined) return error;
    const { spec, servers } = measured;
    const active = servers.filter(({ state }) => state === 'ACTIVE');
    const samples = active.flatMap((server) => this.sampleOf(server, spec));
    const isNew = active.every(({ activeAt }) => typeof activeAt === 'number');
    if (samples.length > 0 || isNew) return samples;
    return new ProviderError(
      'invalid',
      `CloudWatch has no CPU of the group ${spec.group} for the last ${LOOK_BACK_MS / 60_000} min`,
    );
  }

  private sampleOf({ id: serverId, activeAt }: Server, spec: AsgMetrics): readonly Sample[] {
    const { newest: at = null, points } = this.series.get(cpuQuery(spec, serverId).key) ?? {};
    const cpu = at === null ? undefined : points?.get(at);
    // The average of a period says nothing of a server that came later.
    if (at === null || cpu === undefined || (activeAt ?? 0) > at) return [];
    return [{ serverId, at, cpu, memory: null, requestRate: this.requestRateAt(at, spec) }];
  }

  /** Per second, of the same period as CPU. */
  private requestRateAt(at: number, spec: AsgMetrics): number | null {
    const query = requestQuery(spec);
    const requests = query === null ? undefined : this.series.get(query.key)?.points.get(at);
    return requests === undefined ? null : requests / (periodOf(spec) / 1000);
  }

  private forget(now: number): void {
    for (const [key, { askedAt }] of this.series) if (now - askedAt > FORGET_MS) this.series.delete(key);
  }
}

function queriesOf({ spec, servers }: Measured): readonly Query[] {
  const active = servers.filter(({ state }) => state === 'ACTIVE');
  if (active.length === 0) return [];
  const cpu = spec.per_instance ? active.map(({ id }) => cpuQuery(spec, id)) : [cpuQuery(spec, '')];
  const requests = requestQuery(spec);
  return requests === null ? cpu : [...cpu, requests];
}

function cpuQuery(spec: AsgMetrics, serverId: string): Query {
  const dimension = spec.per_instance
    ? { Name: 'InstanceId', Value: serverId }
    : { Name: 'AutoScalingGroupName', Value: spec.group };
  return queryOf({ Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' }, dimension, 'Average', periodOf(spec));
}

function requestQuery(spec: AsgMetrics): Query | null {
  if (spec.target_group === undefined) return null;
  const metric = { Namespace: 'AWS/ApplicationELB', MetricName: 'RequestCountPerTarget' };
  return queryOf(metric, { Name: 'TargetGroup', Value: spec.target_group }, 'Sum', periodOf(spec));
}

function queryOf(
  metric: { readonly Namespace: string; readonly MetricName: string },
  dimension: { readonly Name: string; readonly Value: string },
  statistic: string,
  periodMs: number,
): Query {
  return {
    key: [metric.MetricName, dimension.Name, dimension.Value, periodMs].join(' '),
    periodMs,
    stat: { Metric: { ...metric, Dimensions: [dimension] }, Period: periodMs / 1000, Stat: statistic },
  };
}

function periodOf({ detailed }: Pick<AsgMetrics, 'detailed'>): number {
  return detailed ? DETAILED_MS : BASIC_MS;
}

/** Of the parts of an answer the last says whether it is whole. */
function errorOf(parts: readonly MetricDataResult[], metric: string): ProviderError | null {
  const status = parts.at(-1)?.StatusCode;
  const isFailed = parts.some(({ StatusCode: code }) => code === 'InternalError' || code === 'Forbidden');
  if (status === 'Complete' && !isFailed) return null;
  if (parts.some(({ StatusCode: code }) => code === 'Forbidden'))
    return new ProviderError('unauthorized', `the right cloudwatch:GetMetricData is missing for ${metric}`);
  return new ProviderError('unreachable', `CloudWatch answered ${metric} in part: ${status ?? 'no result'}`);
}

function pointsOf(parts: readonly MetricDataResult[], periodMs: number, to: number): Pick<Series, 'points' | 'newest'> {
  const points = new Map<number, number>();
  for (const { Timestamps: times = [], Values: values = [] } of parts) {
    times.forEach((time, index) => {
      const end = time.getTime() + periodMs;
      const value = values[index];
      // A period that is under way is known in part.
      if (end <= to && value !== undefined && Number.isFinite(value)) points.set(end, value);
    });
  }
  return { points, newest: points.size === 0 ? null : Math.max(...points.keys()) };
}
