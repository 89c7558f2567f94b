import { ApiProperty } from '@nestjs/swagger';

export class ActiveAlertsDto {
  @ApiProperty({ example: 1 })
  readonly critical!: number;

  @ApiProperty({ example: 2 })
  readonly warning!: number;

  @ApiProperty({ example: 0, description: 'alerts that need no action' })
  readonly info!: number;
}
