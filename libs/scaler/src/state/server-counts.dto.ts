import { ApiProperty } from '@nestjs/swagger';

export class ServerCountsDto {
  @ApiProperty({ example: 4, description: 'servers that take load' })
  readonly active!: number;

  @ApiProperty({ example: 1 })
  readonly provisioning!: number;

  @ApiProperty({ example: 0 })
  readonly draining!: number;
}
