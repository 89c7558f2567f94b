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
    summary: 'What was promised, and how it stands: error budget, trust in forecasts, lead time, model',
    description: 'As the last tick left it. Clusters without a service level answer too: their lead time is measured.',
  })
  @ApiOkResponse({ type: ServiceLevelDto })
  async get(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<ServiceLevelDto> {
    return this.levels.get(caller, id);
  }
}
