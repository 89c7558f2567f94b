import { Controller, Get, Query } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto, HistoryQuery } from '#http';
import { ForecastListDto } from './forecast.dto.js';
import { ForecastService } from './forecast.service.js';

@ApiTags('decisions')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/forecasts')
export class ForecastController {
  constructor(private readonly forecasts: ForecastService) {}

  @Get()
  @ApiOperation({
    operationId: 'listForecasts',
    summary: 'Forecasts and the demand that followed, newest first',
    description: 'Empty for clusters whose policies do not forecast.',
  })
  @ApiOkResponse({ type: ForecastListDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'A field of the query is wrong' })
  async list(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: HistoryQuery,
  ): Promise<ForecastListDto> {
    return this.forecasts.list(caller, id, query);
  }
}
