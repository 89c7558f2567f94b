import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { inColumns, rfc3339, rounded } from '#database';
import type { Learnable, Observation } from '#engine';
import type { TimeRange } from '#http';
import type { BucketDto } from '../query/metrics.dto.js';
import { ObservationEntity } from './observation.entity.js';
import { TIMELINE_COLUMNS, type ObservationTimeline } from './observation-timeline.js';

export interface ObservationRow {
  readonly clusterId: string;
  readonly observation: Observation;
  /** The last desired count; `null` if none was set. */
  readonly desired: number | null;
  /** The lead time used for planning; `null` before one was measured. */
  readonly leadTimeMs: number | null;
  /** Whether the servers are those of this tick, rather than of the last successful poll. */
  readonly providerAnswered: boolean;
}

interface LearnableRow {
  readonly cluster_id: string;
  readonly at: Date;
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly cpu: number | null;
  readonly cpu_max: number | null;
  readonly demand: number;
  readonly saturated: boolean;
  readonly warming: number;
  readonly lead_time_ms: number | null;
}

/** The demand of a cluster at a time; milliseconds since the epoch. */
export interface SeenDemand {
  readonly at: number;
  readonly demand: number;
}

/** The mean demand of a cluster in one of several buckets, counted from the first. */
export interface DemandBucket {
  readonly clusterId: string;
  readonly bucket: number;
  readonly demand: number | null;
}

/** How users were served over a time range, from the observations in which requests and slow or failed ones are both known. */
export interface MeasuredRange {
  /** First and last observation of the range, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Requests; `null`: none of the observations knows. */
  readonly requests: number | null;
  /** Of these, slow or failed ones. */
  readonly bad: number | null;
  /** Share of the observations that know both, 0 to 1. */
  readonly covered: number;
}

/** A rate holds for the time since the observation before. After an outage, for this long. */
const LONGEST_STEP = '5 minutes';

const TIMELINE = `
  SELECT time_bucket($4::interval, at) AS bucket, max(at) AS at, ${rounded('avg(demand)')} AS demand, ${rounded('max(demand)')} AS demand_max,
         ${rounded('avg(cpu)')} AS cpu, ${rounded('max(cpu_max)')} AS cpu_max, ${rounded('avg(active)')} AS active, min(active) AS active_min,
         max(provisioning) AS provisioning, max(draining) AS draining, last(desired, at) AS desired
    FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3 GROUP BY 1`;

/** The observations of ticks. */
@Injectable()
export class ObservationRepository {
  constructor(@InjectRepository(ObservationEntity) private readonly observations: Repository<ObservationEntity>) {}

  /**
   * SQL for statements of other repositories: the newest observation.
   *
   * @param clusterId SQL
   * @param after SQL of a time; only an observation after it
   */
  static newestOf(clusterId: string, after?: string): string {
    const isNew = after === undefined ? '' : ` AND at > ${after}`;
    return `(SELECT * FROM observations WHERE cluster_id = ${clusterId}${isNew} ORDER BY at DESC LIMIT 1)`;
  }

  /**
   * SQL for statements of other repositories: the highest demand in a time range, `NULL` without observations.
   *
   * @param clusterId SQL, like the times; `from` itself is left out
   */
  static highestDemandOf(clusterId: string, from: string, to: string): string {
    return `(SELECT max(demand) FROM observations WHERE cluster_id = ${clusterId} AND at > ${from} AND at <= ${to})`;
  }

  /** All observations of a tick in one statement. */
  async writeTick(rows: readonly ObservationRow[], manager: EntityManager): Promise<void> {
    const of = <T>(pick: (observation: Observation) => T): T[] => rows.map(({ observation }) => pick(observation));
    await manager.query(
      `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
                                 request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered,
                                 measured_request_rate, measured_bad_rate)
       SELECT to_timestamp(at / 1000), cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
              request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered,
              measured_request_rate, measured_bad_rate
         FROM unnest($1::float8[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::real[], $9::real[], $10::real[],
                     $11::real[], $12::float8[], $13::float8[], $14::bool[], $15::int[], $16::int[], $17::int[], $18::int[], $19::bool[],
                     $20::float8[], $21::float8[])
           AS row (at, cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
                   request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered,
                   measured_request_rate, measured_bad_rate)`,
      [
        of(({ at }) => at),
        rows.map(({ clusterId }) => clusterId),
        of(({ servers }) => servers.active),
        of(({ servers }) => servers.provisioning),
        of(({ servers }) => servers.draining),
        of(({ reporting }) => reporting),
        rows.map(({ desired }) => desired),
        of(({ cpu }) => cpu?.mean ?? null),
        of(({ cpu }) => cpu?.max ?? null),
        of(({ memory }) => memory?.mean ?? null),
        of(({ memory }) => memory?.max ?? null),
        of(({ requestRate }) => requestRate),
        of(({ demand }) => demand),
        of(({ saturated }) => saturated),
        of(({ stalenessMs }) => (stalenessMs === null ? null : Math.round(stalenessMs))),
        of(({ refused }) => Object.values(refused).reduce((sum, count) => sum + count, 0)),
        of(({ warming }) => warming),
        rows.map(({ leadTimeMs }) => (leadTimeMs === null ? null : Math.round(leadTimeMs))),
        rows.map(({ providerAnswered }) => providerAnswered),
        of(({ measured }) => measured?.requestRate ?? null),
        of(({ measured }) => measured?.badRate ?? null),
      ],
    );
  }

  /**
   * The observation of each minute that taught the engine, oldest first: the first with which demand and servers were known.
   * @param since start time by cluster, milliseconds since the epoch
   */
  async byMinute(since: ReadonlyMap<string, number>): Promise<Map<string, Learnable[]>> {
    const earliest = Math.min(...since.values());
    const rows: LearnableRow[] = await this.observations.query(
      `SELECT DISTINCT ON (cluster_id, date_trunc('minute', at))
              cluster_id, at, active, provisioning, draining, cpu, cpu_max, demand, saturated, warming, lead_time_ms
         FROM observations
         JOIN unnest($1::uuid[], $2::float8[]) AS wanted (id, since)
           ON cluster_id = wanted.id AND at >= to_timestamp(wanted.since / 1000)
        WHERE at >= to_timestamp($3::float8 / 1000) AND provider_answered AND demand IS NOT NULL AND active > 0
        ORDER BY cluster_id, date_trunc('minute', at), at`,
      [[...since.keys()], [...since.values()], earliest],
    );
    const histories = new Map<string, Learnable[]>();
    for (const row of rows) {
      const history = histories.get(row.cluster_id);
      if (history === undefined) histories.set(row.cluster_id, [learnable(row)]);
      else history.push(learnable(row));
    }
    return histories;
  }

  /** Summaries by time, oldest first; for ranges that are too short for an aggregate, or too close to the present. */
  async buckets(
    clusterId: string,
    { from, to }: TimeRange,
    bucketMinutes: number,
    limit: number,
  ): Promise<BucketDto[]> {
    return this.observations.query(
      `SELECT ${rfc3339('bucket')} AS timestamp, ticks, cpu_avg, cpu_max, memory_avg, memory_max, request_rate_avg, request_rate_max,
              demand_avg, demand_max, servers_avg, servers_min, servers_max
         FROM (SELECT time_bucket($4::interval, at) AS bucket, count(*)::int AS ticks,
                      avg(cpu)::float8 AS cpu_avg, max(cpu_max) AS cpu_max, avg(memory)::float8 AS memory_avg, max(memory_max) AS memory_max,
                      avg(request_rate) AS request_rate_avg, max(request_rate) AS request_rate_max,
                      avg(demand) AS demand_avg, max(demand) AS demand_max,
                      avg(active)::float8 AS servers_avg, min(active) AS servers_min, max(active) AS servers_max
                 FROM observations WHERE cluster_id = $1 AND at >= $2 AND at < $3
                GROUP BY 1 ORDER BY 1 DESC LIMIT $5) newest
        ORDER BY bucket`,
      [clusterId, from, to, `${bucketMinutes} minutes`, limit],
    );
  }

  async timeline(clusterId: string, { from, to }: TimeRange, stepMs: number): Promise<ObservationTimeline> {
    const [row] = await this.observations.query<[ObservationTimeline]>(inColumns(TIMELINE, TIMELINE_COLUMNS), [
      clusterId,
      from,
      to,
      `${stepMs} milliseconds`,
    ]);
    return row;
  }

  /**
   * The first observation of each minute, from which the engine learned, oldest first; times in milliseconds since the
   * epoch.
   */
  async demandByMinute(clusterId: string, from: number, to: number): Promise<SeenDemand[]> {
    return this.observations.query(
      `SELECT DISTINCT ON (date_trunc('minute', at)) (extract(epoch FROM at) * 1000)::float8 AS at, demand
         FROM observations
        WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at <= to_timestamp($3::float8 / 1000) AND demand IS NOT NULL
        ORDER BY date_trunc('minute', at), observations.at`,
      [clusterId, from, to],
    );
  }

  /**
   * How users were served, as the source counts it.
   *
   * @param from inclusive, milliseconds since the epoch
   * @param to exclusive
   * @returns `null` if the source counts no slow or failed requests
   */
  async measured(clusterId: string, from: number, to: number): Promise<MeasuredRange | null> {
    const [row] = await this.observations.query<MeasuredRange[]>(
      `SELECT (extract(epoch FROM min(at)) * 1000)::float8 AS "from", (extract(epoch FROM max(at)) * 1000)::float8 AS "to",
              sum(requests * seconds) FILTER (WHERE known) AS requests, sum(bad * seconds) FILTER (WHERE known) AS bad,
              (count(*) FILTER (WHERE known))::float8 / count(*) AS covered
         FROM (SELECT at, measured_request_rate AS requests, measured_bad_rate AS bad,
                      measured_request_rate IS NOT NULL AND measured_bad_rate IS NOT NULL AS known,
                      extract(epoch FROM least(at - lag(at, 1, at) OVER (ORDER BY at), INTERVAL '${LONGEST_STEP}'))::float8 AS seconds
                 FROM observations
                WHERE cluster_id = $1 AND at >= to_timestamp($2::float8 / 1000) AND at < to_timestamp($3::float8 / 1000)) seen
       HAVING count(requests) > 0 OR count(bad) > 0`,
      [clusterId, from, to],
    );
    return row ?? null;
  }

  /** Time of the last observation before a time, both milliseconds since the epoch; `null`: there is none. */
  async lastBefore(clusterId: string, before: number): Promise<number | null> {
    const [{ at }] = await this.observations.query<[{ at: number | null }]>(
      `SELECT (extract(epoch FROM max(at)) * 1000)::float8 AS at
         FROM observations WHERE cluster_id = $1 AND at < to_timestamp($2::float8 / 1000)`,
      [clusterId, before],
    );
    return at;
  }

  /** One statement for all clusters: their demand since a time (milliseconds since the epoch), in buckets of `stepMs`. */
  async demandSince(clusterIds: readonly string[], since: number, stepMs: number): Promise<DemandBucket[]> {
    return this.observations.query(
      `SELECT cluster_id AS "clusterId", floor((extract(epoch FROM at) * 1000 - $2::float8) / $3::float8)::int AS bucket,
              avg(demand)::float8 AS demand
         FROM observations WHERE cluster_id = ANY ($1::uuid[]) AND at >= to_timestamp($2::float8 / 1000)
        GROUP BY 1, 2`,
      [clusterIds, since, stepMs],
    );
  }
}

function learnable(row: LearnableRow): Learnable {
  return {
    at: row.at.getTime(),
    servers: { active: row.active, provisioning: row.provisioning, draining: row.draining },
    cpu: row.cpu === null || row.cpu_max === null ? null : { mean: row.cpu, max: row.cpu_max },
    demand: row.demand,
    saturated: row.saturated,
    warming: row.warming,
    leadTimeMs: row.lead_time_ms,
  };
}
