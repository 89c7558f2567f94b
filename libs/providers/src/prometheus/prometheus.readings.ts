import { ProviderError, type Reading, type Sample, type Totals } from '../sdk/index.js';
import type { Point } from './prometheus.client.js';
import type { PrometheusMetrics, PrometheusQueries } from './prometheus.fields.js';

export type QueryName = keyof PrometheusQueries;
/** What each query of a cluster returned. */
export type Answers = ReadonlyMap<QueryName, readonly Point[] | ProviderError>;

const OF_SERVERS = ['cpu', 'memory', 'request_rate'] as const;
const OF_CLUSTER = ['requests', 'bad', 'demand'] as const;
const FIELD = { cpu: 'cpu', memory: 'memory', request_rate: 'requestRate' } as const;
const DEFAULT_LABEL = 'instance';
/** Two sums over the same series may differ in their last digits. */
const SAME = 1 + 1e-9;
/** Rates are per second. */
const SECOND_MS = 1000;

/** Whether a query has a value for each server. */
export function isOfServers(name: QueryName): boolean {
  return (OF_SERVERS as readonly QueryName[]).includes(name);
}

type Values = { -readonly [Field in keyof Sample]: Sample[Field] };

/**
 * Makes a reading of the answers. What is missing, partial or no number is unknown, never 0, and `incomplete` says what.
 *
 * @param now for a cluster without any value
 * @throws ProviderError if no query was answered
 */
export function readingOf(
  { server_label: label = DEFAULT_LABEL, capacity, max_cpu: maxCpu }: PrometheusMetrics,
  answers: Answers,
  now: number,
): Reading {
  const failures = [...answers].flatMap(([, answer]) => (answer instanceof ProviderError ? [answer] : []));
  const [first] = failures;
  if (first !== undefined && failures.length === answers.size) throw first;
  const faults = [...answers].flatMap(([name, answer]) =>
    answer instanceof ProviderError ? [`query ${name}: ${answer.message}`] : [],
  );
  const samples = samplesOf(label, answers, faults);
  const totals = totalsOf(answers, capacity, faults);
  const at = samples.reduce((latest, sample) => Math.max(latest, sample.at), totals?.to ?? Number.NEGATIVE_INFINITY);
  return {
    at: Number.isFinite(at) ? at : now,
    samples,
    totals,
    maxCpuPercent: maxCpu ?? null,
    incomplete: faults[0] ?? null,
  };
}

function samplesOf(label: string, answers: Answers, faults: string[]): readonly Sample[] {
  const samples = new Map<string, Values>();
  for (const name of OF_SERVERS) {
    const points = answers.get(name);
    if (points === undefined || points instanceof ProviderError) continue;
    const seen = new Set<string>();
    const ambiguous = new Set<string>();
    let unnamed = 0;
    for (const { labels, at, value } of points) {
      const serverId = labels[label];
      if (serverId === undefined || serverId === '') unnamed += 1;
      else {
        const sample = samples.get(serverId) ?? { serverId, at, cpu: null, memory: null, requestRate: null };
        samples.set(serverId, sample);
        sample.at = Math.min(sample.at, at);
        if (seen.has(serverId)) ambiguous.add(serverId);
        seen.add(serverId);
        // NaN and infinite values go on: they are refused and counted for each server.
        sample[FIELD[name]] = ambiguous.has(serverId) ? null : value;
      }
    }
    if (unnamed > 0) faults.push(`query ${name}: ${unnamed} series without the label ${label}`);
    if (ambiguous.size > 0) faults.push(`query ${name}: several series for the same ${label}`);
  }
  return [...samples.values()];
}

function totalsOf(answers: Answers, capacity: number | undefined, faults: string[]): Totals | null {
  const values: { -readonly [Name in (typeof OF_CLUSTER)[number]]?: number | null } = {};
  let to = Number.NEGATIVE_INFINITY;
  for (const name of OF_CLUSTER) {
    const points = answers.get(name);
    if (points === undefined) continue;
    const [point, ...others] = points instanceof ProviderError ? [] : points;
    const fault = points instanceof ProviderError ? null : faultOf(point, others.length);
    values[name] = point === undefined || fault !== null ? null : point.value;
    if (fault !== null) faults.push(`query ${name}: ${fault}`);
    if (point !== undefined) to = Math.max(to, point.at);
  }
  const { requests, bad } = values;
  if (typeof bad === 'number' && typeof requests === 'number' && bad > requests) {
    const isRounding = bad <= requests * SAME;
    values.bad = isRounding ? requests : null;
    if (!isRounding) faults.push('query bad: more than the query requests');
  }
  if (Object.keys(values).length === 0 || !Number.isFinite(to)) return null;
  return { from: to - SECOND_MS, to, ...values, ...(capacity === undefined ? {} : { capacity }) };
}

function faultOf(point: Point | undefined, others: number): string | null {
  if (point === undefined) return 'no data';
  if (others > 0) return `${others + 1} series where one is needed; aggregate them, for example with sum()`;
  if (!Number.isFinite(point.value)) return 'the value is no number';
  return point.value < 0 ? 'the value is negative' : null;
}
