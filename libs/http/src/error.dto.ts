import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ErrorDetailDto {
  @ApiProperty({ example: 'min_servers' })
  readonly field!: string;

  @ApiProperty({ example: 'min_servers must not be less than 0' })
  readonly error!: string;
}

/** The one shape of an error. */
export class ErrorDto {
  @ApiProperty({ description: 'What is wrong, for people', example: 'cluster not found' })
  readonly error!: string;

  @ApiProperty({ description: 'What is wrong, for programs', example: 'cluster_not_found' })
  readonly code!: string;

  @ApiPropertyOptional({ type: [ErrorDetailDto], description: 'The fields that are wrong' })
  readonly details?: readonly ErrorDetailDto[];

  @ApiProperty({
    description: 'Also in the log lines of this request',
    example: '7b0f5f4e-6e0f-4c1e-9d6f-0f9f4a3c2b1d',
  })
  readonly trace_id!: string;
}
