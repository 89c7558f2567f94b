import { Controller, Get, Query } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { TrustDto, TrustQuery } from './trust.dto.js';
import { TrustService } from './trust.service.js';

@ApiTags('service level')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/trust')
export class TrustController {
  constructor(private readonly trust: TrustService) {}

  @Get()
  @ApiOperation({
    operationId: 'getForecastQuality',
    summary: 'Forecast quality: coverage, pinball loss and bias over time, by horizon',
    description: 'From the recorded forecasts and the demand that followed.',
  })
  @ApiOkResponse({ type: TrustDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'A field of the query is wrong' })
  async get(@CurrentCaller() caller: Caller, @ClusterId() id: string, @Query() query: TrustQuery): Promise<TrustDto> {
    return this.trust.get(caller, id, query);
  }
}
