import {
  type Call,
  type ConnectionReport,
  type ProviderCluster,
  ProviderError,
  type Reading,
  type Readings,
  type Session,
} from '../sdk/index.js';
import type { Point, PrometheusClient } from './prometheus.client.js';
import type { PrometheusMetrics } from './prometheus.fields.js';
import { expandPreset } from './prometheus.presets.js';
import { type Answers, type QueryName, readingOf } from './prometheus.readings.js';

type Cluster = ProviderCluster<unknown, PrometheusMetrics>;
type Answer = readonly Point[] | ProviderError;

/** One Prometheus. All clusters of a poll are read together: a query that several have is asked once. */
export class PrometheusSession implements Session<unknown, PrometheusMetrics> {
  constructor(
    private readonly client: PrometheusClient,
    private readonly clock: { now(): number },
    /** As whom requests are sent; `null` without authentication. */
    private readonly identity: string | null,
  ) {}

  async read(clusters: readonly Cluster[], call: Call): Promise<Readings> {
    const asked = new Map<string, Promise<Answer>>();
    const ask = async (query: string): Promise<Answer> => {
      let answer = asked.get(query);
      if (answer === undefined) {
        answer = this.ask(query, call);
        asked.set(query, answer);
      }
      return answer;
    };
    const readings = clusters.map(async ({ id, metrics }): Promise<[string, Reading | ProviderError]> => {
      const queries = Object.entries(expandPreset(metrics ?? {}).queries ?? {}) as [QueryName, string][];
      const answers: Answers = new Map(
        await Promise.all(queries.map(async ([name, query]) => [name, await ask(query)] as const)),
      );
      return [id, attempt(() => readingOf(metrics ?? {}, answers, this.clock.now()))];
    });
    return new Map(await Promise.all(readings));
  }

  async check(call: Call): Promise<ConnectionReport> {
    const version = await this.client.version(call);
    // The build information may be open to everybody, or missing.
    await this.client.query('vector(1)', call);
    return { identity: this.identity, version, missing: [] };
  }

  async close(): Promise<void> {}

  private async ask(query: string, call: Call): Promise<Answer> {
    try {
      return await this.client.query(query, call);
    } catch (error) {
      if (error instanceof ProviderError) return error;
      throw error;
    }
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
