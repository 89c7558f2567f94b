import { ApiProperty } from '@nestjs/swagger';

const STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

/** Progress of a backtest. */
export class LiveBacktestDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty({ enum: STATUSES })
  readonly status!: (typeof STATUSES)[number];

  @ApiProperty({ example: 0.4, minimum: 0, maximum: 1 })
  readonly progress!: number;

  @ApiProperty({ type: String, nullable: true, description: 'why it failed' })
  readonly error!: string | null;
}
