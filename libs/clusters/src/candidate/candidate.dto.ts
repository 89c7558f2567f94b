import { ApiProperty } from '@nestjs/swagger';
import { IsDefined } from 'class-validator';
import { IsPart } from '#http';
import type { Candidate } from '../cluster.js';
import { PolicyDto } from '../policy/policy.dto.js';
import { policyToWire } from '../policy/policy.mapping.js';

export class SetCandidateDto {
  @ApiProperty({ type: PolicyDto, example: { slo: { violations: '1%', max_utilization: '90%' } } })
  @IsDefined({ message: 'policy must be given' })
  @IsPart(() => PolicyDto)
  readonly policy!: PolicyDto;
}

/** A policy on trial. */
export class CandidateDto {
  @ApiProperty({ type: PolicyDto, description: 'its mode applies once it is adopted; until then it only recommends' })
  readonly policy!: PolicyDto;

  @ApiProperty({ format: 'date-time', description: 'when the trial began' })
  readonly since!: string;

  @ApiProperty({ example: 'ada', description: 'user who set it' })
  readonly by!: string;
}

export function candidateToDto({ policy, since, by }: Candidate): CandidateDto {
  return { policy: policyToWire(policy), since: new Date(since).toISOString(), by };
}
