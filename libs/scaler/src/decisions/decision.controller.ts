import { Controller, Get, Query } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto, IdParam } from '#http';
import { DecisionDto, DecisionListDto, DecisionsQuery } from './decision.dto.js';
import { DecisionService } from './decision.service.js';

@ApiTags('decisions')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster or decision, or not yours' })
@Authenticated()
@Controller('clusters/:id/decisions')
export class DecisionController {
  constructor(private readonly decisions: DecisionService) {}

  @Get()
  @ApiOperation({
    operationId: 'listDecisions',
    summary: 'Decisions, newest first',
    description: 'Every tick decides; `MAINTAIN` is a decision too.',
  })
  @ApiOkResponse({ type: DecisionListDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'A field of the query is wrong' })
  async list(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: DecisionsQuery,
  ): Promise<DecisionListDto> {
    return this.decisions.list(caller, id, query);
  }

  @Get(':decision_id')
  @ApiOperation({
    operationId: 'getDecision',
    summary: 'One decision with all its steps',
    description: 'The ordered steps that led from the observation to the count, each with its data.',
  })
  @ApiOkResponse({ type: DecisionDto })
  async get(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @IdParam('decision_id') decisionId: string,
  ): Promise<DecisionDto> {
    return this.decisions.get(caller, id, decisionId);
  }
}
