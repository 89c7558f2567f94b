import { ApiProperty, PickType } from '@nestjs/swagger';
import { DecisionDto, StepDto } from '../decisions/decision.dto.js';
import { ErrorBudgetDto } from '../service-level/service-level.dto.js';

export class LiveErrorBudgetDto extends PickType(ErrorBudgetDto, ['promised', 'spent', 'left', 'burn_rate']) {}

/** State of the service level. */
export class LiveServiceLevelDto {
  @ApiProperty()
  readonly budget!: LiveErrorBudgetDto;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    example: { '0.5': 0.52, '0.9': 0.91, '0.99': 0.988 },
    description: 'share of outcomes at or below the quantile, by its level, over about a day',
  })
  readonly coverage!: Readonly<Record<string, number>>;

  @ApiProperty({ type: Number, nullable: true, example: 0.34, description: 'as in `GET /clusters/:id/service-level`' })
  readonly skill!: number | null;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'whether the load follows a pattern; `null`: not known yet',
  })
  readonly predictable!: boolean | null;

  @ApiProperty({ description: 'whether coverage is off, so that the reactive policy decides instead' })
  readonly demoted!: boolean;

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
