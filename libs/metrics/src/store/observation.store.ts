import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Observation } from '#engine';

export interface ObservationRow {
  readonly clusterId: string;
  readonly observation: Observation;
  /** What the provider was last asked for; `null` when it never was. */
  readonly desired: number | null;
  /** The lead time that was planned with; `null` before one was measured. */
  readonly leadTimeMs: number | null;
  /** Whether the servers are those that the provider told of at this tick, rather than those of the last time it could be asked. */
  readonly providerAnswered: boolean;
}

/** Where observations are written. */
@Injectable()
export class ObservationStore {
  /** All observations of a tick in one statement. */
  async writeTick(rows: readonly ObservationRow[], manager: EntityManager): Promise<void> {
    if (rows.length === 0) return;
    const of = <T>(pick: (observation: Observation) => T): T[] => rows.map(({ observation }) => pick(observation));
    await manager.query(
      `INSERT INTO observations (at, cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
                                 request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered)
       SELECT to_timestamp(at / 1000), cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
              request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered
         FROM unnest($1::float8[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::real[], $9::real[], $10::real[],
                     $11::real[], $12::float8[], $13::float8[], $14::bool[], $15::int[], $16::int[], $17::int[], $18::int[], $19::bool[])
           AS row (at, cluster_id, active, provisioning, draining, reporting, desired, cpu, cpu_max, memory, memory_max,
                   request_rate, demand, saturated, staleness_ms, refused, warming, lead_time_ms, provider_answered)`,
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
      ],
    );
  }
}
