import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ErrorDto } from '#http';

/** A dependency of the service. */
export class CheckDto {
  @ApiProperty({ enum: ['up', 'down'] })
  readonly status!: 'up' | 'down';

  @ApiPropertyOptional({ description: 'what is wrong, if it is down', example: 'the database does not answer' })
  readonly reason?: string;
}

@ApiExtraModels(CheckDto)
export class HealthDto {
  @ApiProperty({ enum: ['ok', 'error'] })
  readonly status!: 'ok' | 'error';

  @ApiProperty({ example: '1.0.0', description: 'the release that runs' })
  readonly version!: string;

  @ApiProperty({ example: 86_400, description: 'seconds since the start' })
  readonly uptime_seconds!: number;

  @ApiProperty({ type: [Number], example: [0, 1, 2], description: 'partitions (of 64) that this instance ticks' })
  readonly shares!: readonly number[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(CheckDto) },
    example: {
      database: { status: 'up' },
      migrations: { status: 'up' },
      loop: { status: 'up' },
      draining: { status: 'up' },
    },
  })
  readonly checks!: Readonly<Record<string, CheckDto>>;
}

/** The common error shape, with the health added. */
export class UnhealthyDto extends ErrorDto implements HealthDto {
  @ApiProperty({ enum: ['error'] })
  readonly status!: 'error';

  @ApiProperty({ example: '1.0.0', description: 'the release that runs' })
  readonly version!: string;

  @ApiProperty({ example: 86_400, description: 'seconds since the start' })
  readonly uptime_seconds!: number;

  @ApiProperty({ type: [Number], example: [0, 1, 2] })
  readonly shares!: readonly number[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(CheckDto) },
    example: { database: { status: 'down', reason: 'the database does not answer' }, migrations: { status: 'up' } },
  })
  readonly checks!: Readonly<Record<string, CheckDto>>;
}
