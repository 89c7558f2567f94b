import {
  type Call,
  type ConnectionReport,
  type Lateness,
  type ProviderCluster,
  ProviderError,
  type Reading,
  type Readings,
  type Session,
} from '../sdk/index.js';
import type { LRParser } from '@lezer/lr';
import { type Answer, MergedQueries } from './merge/merged-queries.js';
import type { PrometheusClient } from './prometheus.client.js';
import type { PrometheusMetrics } from './prometheus.fields.js';
import { expandPreset } from './prometheus.presets.js';
import { type Answers, isOfServers, type QueryName, readingOf } from './prometheus.readings.js';

type Cluster = ProviderCluster<unknown, PrometheusMetrics>;

/** One Prometheus. All clusters of a poll are read together, with as few requests as their queries allow. */
export class PrometheusSession implements Session<unknown, PrometheusMetrics> {
  private readonly queries: MergedQueries;

  constructor(
    private readonly client: PrometheusClient,
    private readonly clock: { now(): number },
    /** As whom requests are sent; `null` without authentication. */
    private readonly identity: string | null,
    parser: LRParser,
  ) {
    this.queries = new MergedQueries(parser, async (query, call) => ask(client, query, call), clock);
  }

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    const asked = clusters.map(({ id, metrics }) => ({
      id,
      metrics: metrics ?? {},
      queries: queriesOf(metrics ?? {}),
    }));
    const queries = new Set(asked.flatMap(({ queries: own }) => own.map(([, query]) => query)));
    const answers = await this.queries.answers(queries, call);
    return new Map(
      asked.map(({ id, metrics, queries: own }): [string, Reading | ProviderError] => {
        const byName: Answers = new Map(own.map(([name, query]) => [name, answers.get(query) ?? []]));
        return [id, attempt(() => ({ ...readingOf(metrics, byName, this.clock.now()), late: this.lateOf(own) }))];
      }),
    );
  }

  /** A rate over five minutes shows the servers of five minutes. */
  private lateOf(queries: readonly (readonly [QueryName, string])[]): Lateness | null {
    const ranges = queries.flatMap(([name, text]) => (isOfServers(name) ? this.queries.rangeMsOf(text) : []));
    const ms = Math.max(0, ...ranges);
    return ms === 0 ? null : { ms, servers: null };
  }

  async check(call: Call): Promise<ConnectionReport> {
    const version = await this.client.version(call);
    // The build information may be open to everybody, or missing.
    await this.client.query('vector(1)', call);
    return { identity: this.identity, version, missing: [] };
  }

  async close(): Promise<void> {}
}

function queriesOf(metrics: PrometheusMetrics): readonly [QueryName, string][] {
  return Object.entries(expandPreset(metrics).queries ?? {}) as [QueryName, string][];
}

async function ask(client: PrometheusClient, query: string, call: Call): Promise<Answer> {
  try {
    return await client.query(query, call);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

function attempt(work: () => Reading): Reading | ProviderError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}
