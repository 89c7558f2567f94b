import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, ValidateNested } from 'class-validator';
import { PolicyDto } from '#clusters';

export class SetCandidateDto {
  @ApiProperty({ type: PolicyDto, example: { slo: { violations: '1%', max_utilization: '90%' } } })
  @IsDefined({ message: 'policy must be given' })
  @ValidateNested()
  @Type(() => PolicyDto)
  readonly policy!: PolicyDto;
}

export class CandidateDto {
  @ApiProperty({ format: 'uuid' })
  readonly cluster_id!: string;

  @ApiProperty({ type: PolicyDto, description: 'its mode counts once it is adopted; until then it only recommends' })
  readonly policy!: PolicyDto;

  @ApiProperty({ format: 'date-time', description: 'since when it runs beside the acting policy' })
  readonly since!: string;

  @ApiProperty({ example: 'ada', description: 'who put it there' })
  readonly by!: string;
}
