import { Controller, Get } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ServiceLevelDto } from './service-level.dto.js';
import { ErrorDto } from '#http';
import { ServiceLevelService } from './service-level.service.js';

@ApiTags('service level')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/service-level')
export class ServiceLevelController {
  constructor(private readonly levels: ServiceLevelService) {}

  @Get()
  @ApiOperation({
    operationId: 'getServiceLevel',
    summary: 'The service level and its state: error budget, forecast quality, lead time, model',
    description: 'As of the last tick. Also for clusters without a service level: their lead time is measured.',
  })
  @ApiOkResponse({ type: ServiceLevelDto })
  async get(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<ServiceLevelDto> {
    return this.levels.get(caller, id);
  }
}
