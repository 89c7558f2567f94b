import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { RecordedEvent, ScalingTotals } from './scaling-event.repository.js';
import { toLiveScalingEvent } from './scaling-event.js';
import type { ScalingEvent, ScalingOutcome } from './scaling-event.js';

const ACTIONS: readonly ScalingEvent['action'][] = ['SCALE_UP', 'SCALE_DOWN'];
const OUTCOMES: readonly ScalingOutcome[] = ['pending', 'success', 'partial', 'failed'];

export class ScalingEventDto {
  @ApiProperty({ format: 'uuid', description: 'Also the id of the decision that was carried out' })
  readonly id!: string;

  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-05T12:00:00.000Z' })
  readonly timestamp!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null while the outcome is `pending`',
  })
  readonly finished_at!: string | null;

  @ApiProperty({ enum: ACTIONS, example: 'SCALE_UP' })
  readonly action!: ScalingEvent['action'];

  @ApiProperty({ example: 4, description: 'Active and provisioning servers before' })
  readonly servers_before!: number;

  @ApiProperty({ type: Number, nullable: true, example: 6, description: 'Servers after; null while unknown' })
  readonly servers_after!: number | null;

  @ApiProperty({ example: 6, description: 'The desired count sent to the provider' })
  readonly desired!: number;

  @ApiProperty({ example: 'threshold' })
  readonly policy!: string;

  @ApiProperty({ example: 'high' })
  readonly code!: string;

  @ApiProperty({ example: '6 servers: CPU is 86 %, above the limit.\nThe limit is 80 %. It has lasted 1 min.' })
  readonly reason!: string;

  @ApiProperty({
    enum: OUTCOMES,
    description: '`pending`: requested, outcome unknown; `partial`: the provider granted less',
    example: 'success',
  })
  readonly outcome!: ScalingOutcome;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Error of the provider' })
  readonly error!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
    description: 'when it was recorded, if the database was down at `timestamp`; null: it was recorded in time',
  })
  readonly recorded_late_at!: string | null;

  @ApiProperty({
    example: false,
    description: 'part of a simulated past, which the clusters of `npm start` begin with: nothing was scaled',
  })
  readonly simulated!: boolean;
}

export class ScalingEventListDto {
  @ApiProperty({ type: [ScalingEventDto] })
  readonly events!: readonly ScalingEventDto[];

  @ApiProperty({ example: 1 })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'Pass it as `cursor` for the next page; absent on the last one' })
  readonly next_cursor?: string;
}

export class ScalingEventStatsDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ example: 12 })
  readonly total!: number;

  @ApiProperty({ example: 7 })
  readonly scale_ups!: number;

  @ApiProperty({ example: 5 })
  readonly scale_downs!: number;

  @ApiProperty({ example: 14 })
  readonly servers_added!: number;

  @ApiProperty({ example: 11 })
  readonly servers_removed!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { success: 11, partial: 1, failed: 0, pending: 0 },
  })
  readonly by_outcome!: Readonly<Record<string, number>>;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, example: { threshold: 10, hold: 2 } })
  readonly by_policy!: Readonly<Record<string, number>>;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly last_event_at!: string | null;
}

export function toScalingEventDto(event: RecordedEvent): ScalingEventDto {
  return {
    ...toLiveScalingEvent(event),
    cluster_id: event.clusterId,
    timestamp: new Date(event.at).toISOString(),
    finished_at: timeOf(event.finishedAt),
    recorded_late_at: timeOf(event.recordedLateAt),
    simulated: event.simulated,
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function toScalingEventStatsDto(clusterId: string, totals: readonly ScalingTotals[]): ScalingEventStatsDto {
  const byOutcome: Record<string, number> = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  const byPolicy: Record<string, number> = {};
  const events = { SCALE_UP: 0, SCALE_DOWN: 0 };
  const servers = { SCALE_UP: 0, SCALE_DOWN: 0 };
  let last: Date | null = null;
  for (const row of totals) {
    byOutcome[row.outcome] = (byOutcome[row.outcome] ?? 0) + row.events;
    byPolicy[row.policy] = (byPolicy[row.policy] ?? 0) + row.events;
    events[row.action] += row.events;
    servers[row.action] += row.servers;
    if (last === null || row.lastAt > last) last = row.lastAt;
  }
  return {
    cluster_id: clusterId,
    total: events.SCALE_UP + events.SCALE_DOWN,
    scale_ups: events.SCALE_UP,
    scale_downs: events.SCALE_DOWN,
    servers_added: servers.SCALE_UP,
    servers_removed: servers.SCALE_DOWN,
    by_outcome: byOutcome,
    by_policy: byPolicy,
    last_event_at: last?.toISOString() ?? null,
  };
}
