import { Controller, Get, Query } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto, HistoryQuery } from '#http';
import { ScalingEventListDto, ScalingEventStatsDto } from './scaling-event.dto.js';
import { ScalingEventService } from './scaling-event.service.js';

@ApiTags('events')
@ApiBadRequestResponse({ type: ErrorDto, description: 'A field of the query is wrong' })
@Authenticated()
@Controller()
export class ScalingEventController {
  constructor(private readonly events: ScalingEventService) {}

  @Get('clusters/:id/events')
  @ApiOperation({
    operationId: 'listScalingEvents',
    summary: 'Scaling events (decisions carried out), newest first',
    description: 'Servers before and after, the reason, and whether the provider granted the change.',
  })
  @ApiOkResponse({ type: ScalingEventListDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
  async list(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: HistoryQuery,
  ): Promise<ScalingEventListDto> {
    return this.events.list(caller, id, query);
  }

  @Get('clusters/:id/events/stats')
  @ApiOperation({
    operationId: 'getScalingEventStatistics',
    summary: 'Number of scaling events, by outcome and policy',
    description: 'Over all time that is kept, or over a range. A simulated past is left out.',
  })
  @ApiOkResponse({ type: ScalingEventStatsDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
  async stats(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: HistoryQuery,
  ): Promise<ScalingEventStatsDto> {
    return this.events.stats(caller, id, query);
  }

  @Get('events/recent')
  @ApiOperation({
    operationId: 'listRecentScalingEvents',
    summary: 'The latest scaling events of all clusters that you may read',
    description: 'Newest first, with the name of each cluster. A simulated past is left out.',
  })
  @ApiOkResponse({ type: ScalingEventListDto })
  async recent(@CurrentCaller() caller: Caller, @Query() query: HistoryQuery): Promise<ScalingEventListDto> {
    return this.events.recent(caller, query);
  }
}
