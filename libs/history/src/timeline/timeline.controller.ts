import { Controller, Get, Query } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { TimelineDto, TimelineQuery } from './timeline.dto.js';
import { TimelineService } from './timeline.service.js';

@ApiTags('metrics')
@ApiNotFoundResponse({ type: ErrorDto, description: 'no such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/timeline')
export class TimelineController {
  constructor(private readonly timelines: TimelineService) {}

  @Get()
  @ApiOperation({
    operationId: 'getTimeline',
    summary: 'Demand, load, servers and forecasts over time, at a resolution that fits the range',
    description: 'Default: the last hour. At most 400 days.',
  })
  @ApiOkResponse({ type: TimelineDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'a field of the query is wrong' })
  async get(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: TimelineQuery,
  ): Promise<TimelineDto> {
    return this.timelines.get(caller, id, query);
  }
}
