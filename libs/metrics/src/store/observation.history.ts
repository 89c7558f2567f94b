import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Learnable } from '#engine';

interface Row {
  readonly cluster_id: string;
  readonly at: Date;
  readonly active: number;
  readonly provisioning: number;
  readonly draining: number;
  readonly cpu: number;
  readonly cpu_max: number;
  readonly demand: number;
  readonly saturated: boolean;
  readonly warming: number;
  readonly lead_time_ms: number | null;
}

/** What was observed, as the engine learns from it. */
@Injectable()
export class ObservationHistory {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * The observation of each minute that taught the engine, oldest first: the first with which demand and servers were known.
   * @param since clusters, each with the time from which on it is wanted, milliseconds since the epoch
   */
  async byMinute(since: ReadonlyMap<string, number>): Promise<Map<string, Learnable[]>> {
    const earliest = Math.min(...since.values());
    const rows: Row[] = await this.dataSource.query(
      `SELECT DISTINCT ON (cluster_id, date_trunc('minute', at))
              cluster_id, at, active, provisioning, draining, cpu, cpu_max, demand, saturated, warming, lead_time_ms
         FROM observations
         JOIN unnest($1::uuid[], $2::float8[]) AS wanted (id, since)
           ON cluster_id = wanted.id AND at >= to_timestamp(wanted.since / 1000)
        WHERE at >= to_timestamp($3::float8 / 1000) AND provider_answered AND demand IS NOT NULL AND cpu IS NOT NULL AND active > 0
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
}

function learnable(row: Row): Learnable {
  return {
    at: row.at.getTime(),
    servers: { active: row.active, provisioning: row.provisioning, draining: row.draining },
    cpu: { mean: row.cpu, max: row.cpu_max },
    demand: row.demand,
    saturated: row.saturated,
    warming: row.warming,
    leadTimeMs: row.lead_time_ms,
  };
}
