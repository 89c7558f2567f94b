import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { type Caller, CurrentCaller, Operators } from '#auth';
import { ErrorDto } from '#http';
import { ClusterId } from '../cluster-id.js';
import { HandOverDto, HandOverRequest } from './take-over.dto.js';
import { TakeOverService } from './take-over.service.js';

@ApiTags('clusters')
@ApiNotFoundResponse({ type: ErrorDto, description: 'no such cluster, or not yours' })
@ApiServiceUnavailableResponse({ type: ErrorDto, description: 'the provider cannot be reached' })
@Operators()
@Controller('clusters/:id')
export class TakeOverController {
  constructor(private readonly takeOvers: TakeOverService) {}

  @Post('take-over')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'takeOverCluster',
    summary: 'Take the servers over from another autoscaler',
    description:
      'For the owner and admins. Lists the steps that switch off the HPA or the ScaledObject of the workload, with their commands; ' +
      'with `apply` it carries them out and sets the policy to `act`. A step that fails undoes those before it. Idempotent.',
  })
  @ApiOkResponse({ type: HandOverDto })
  @ApiConflictResponse({
    type: ErrorDto,
    description:
      'nothing else scales the servers (`nothing_to_take_over`), the cluster is ticked too seldom (`interval_too_long`), the provider refused a step (`take_over_failed`), or the cluster was changed meanwhile (`changed_meanwhile`)',
  })
  async takeOver(
    @ClusterId() id: string,
    @Body() { apply }: HandOverRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<HandOverDto> {
    return this.takeOvers.takeOver(caller, id, apply === true);
  }

  @Post('hand-back')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'handBackCluster',
    summary: 'Give the servers back to the autoscaler that they were taken over from',
    description:
      'For the owner and admins. Lists the steps that restore what the take-over changed; with `apply` it sets the policy to `recommend` ' +
      'and carries them out. Idempotent; says what was changed or deleted meanwhile.',
  })
  @ApiOkResponse({ type: HandOverDto })
  @ApiConflictResponse({ type: ErrorDto, description: 'the provider refused a step (`hand_back_failed`)' })
  async handBack(
    @ClusterId() id: string,
    @Body() { apply }: HandOverRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<HandOverDto> {
    return this.takeOvers.handBack(caller, id, apply === true);
  }
}
