import { ApiProperty, PickType } from '@nestjs/swagger';
import { DecisionDto, StepDto } from '../decisions/decision.dto.js';
import { ErrorBudgetDto, TrustReportDto } from '../service-level/service-level.dto.js';

export class LiveErrorBudgetDto extends PickType(ErrorBudgetDto, ['promised', 'spent', 'left', 'burn_rate']) {}

/** State of the service level. */
export class LiveServiceLevelDto extends PickType(TrustReportDto, ['coverage', 'skill', 'predictable', 'demoted']) {
  @ApiProperty()
  readonly budget!: LiveErrorBudgetDto;

  @ApiProperty({ enum: ['learning', 'trusted', 'demoted'] })
  readonly state!: 'learning' | 'trusted' | 'demoted';
}

/** Decision of the policy on trial. */
export class LiveCandidateDecisionDto extends PickType(DecisionDto, [
  'id',
  'action',
  'desired',
  'policy',
  'code',
  'reason',
]) {}

export class LiveDecisionDto extends PickType(DecisionDto, [
  'id',
  'action',
  'current',
  'desired',
  'wished',
  'unmet',
  'policy',
  'code',
  'reason',
  'mode',
  'theirs',
]) {
  @ApiProperty({ example: 4, description: 'servers that the provider lists' })
  readonly listed!: number;

  @ApiProperty({ example: 4, description: 'the reference count' })
  readonly reference!: number;

  @ApiProperty({ type: [StepDto], description: 'the way to the desired count, in order' })
  readonly steps!: readonly StepDto[];

  @ApiProperty({
    type: LiveServiceLevelDto,
    nullable: true,
    description: '`null` where no service level is promised, or nothing was seen yet',
  })
  readonly service_level!: LiveServiceLevelDto | null;

  @ApiProperty({ type: LiveCandidateDecisionDto, nullable: true, description: '`null` while no policy is on trial' })
  readonly candidate!: LiveCandidateDecisionDto | null;
}
