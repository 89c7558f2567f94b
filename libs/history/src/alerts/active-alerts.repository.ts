import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ClusterRepository } from '#clusters';
import { ClusterStateRepository } from '#scaler';
import type { ActiveAlertsDto } from './active-alerts.dto.js';

/** The number of active alerts, as of the last ticks of all instances. */
@Injectable()
export class ActiveAlertsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param ownerId `null`: of the clusters of all owners */
  async count(ownerId: string | null): Promise<ActiveAlertsDto> {
    const of = (severity: keyof ActiveAlertsDto): string =>
      `(count(*) FILTER (WHERE alert->>'severity' = '${severity}'))::int AS ${severity}`;
    const [counts] = await this.dataSource.query<[ActiveAlertsDto]>(
      `SELECT ${of('critical')}, ${of('warning')}, ${of('info')}
         FROM ${ClusterRepository.PRESENT} c
         JOIN LATERAL ${ClusterStateRepository.rowOf('c.id')} s ON true
        CROSS JOIN LATERAL jsonb_array_elements(s.alerts) AS alert
        WHERE $1::uuid IS NULL OR c.owner_id = $1`,
      [ownerId],
    );
    return counts;
  }
}
