import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export const ALERT_CODES = [
  'provider_unreachable',
  'metrics_missing',
  'samples_refused',
  'servers_silent',
  'scaling_failed',
  'unmet_demand',
  'drift',
  'servers_lost',
  'forecast_demoted',
  'error_budget_spent',
  'tick_failed',
  'saturated',
  'removals_held',
  'count_contested',
  'servers_overdue',
  'large_change',
  'bounds_conflict',
  'stranded_at_zero',
  'target_blocked',
  'lease_not_renewed',
  'on_journal',
  'measured_missed',
] as const;
export type AlertCode = (typeof ALERT_CODES)[number];

/** An alert for the cluster's users. */
export class LiveAlertDto {
  @ApiProperty({ enum: ALERT_CODES })
  readonly code!: AlertCode;

  @ApiProperty({ enum: ['info', 'warning', 'critical'] })
  readonly severity!: 'info' | 'warning' | 'critical';

  @ApiProperty({
    enum: ['raised', 'cleared', 'noticed'],
    description: '`raised` and `cleared` begin and end a condition; `noticed`: it happened and is over',
  })
  readonly state!: 'raised' | 'cleared' | 'noticed';

  @ApiProperty({ example: 'Needs 5 servers, limit is 4.' })
  readonly message!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { unmet: 1, needed: 5, allowed: 4, need: 'known' },
    description: 'the numbers behind the message',
  })
  readonly data?: Readonly<Record<string, number | string | boolean | null>>;
}
