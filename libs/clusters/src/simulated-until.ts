import { ApiProperty } from '@nestjs/swagger';
import type { Cluster } from './cluster.js';

/** Of the field `simulated_until`, in every answer that has it. */
export function ApiSimulatedUntil(): PropertyDecorator {
  return ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'history before this time was simulated, for the demo; null: none of it was',
  });
}

/** The end of the simulated history of a cluster; `null`: none of it was simulated. */
export function simulatedUntilOf({ simulatedUntil: until = null }: Pick<Cluster, 'simulatedUntil'>): string | null {
  return until === null ? null : new Date(until).toISOString();
}
