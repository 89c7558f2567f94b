import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller, onlyOwner } from '#auth';
import { ActiveAlertsDto } from './active-alerts.dto.js';
import { ActiveAlertsRepository } from './active-alerts.repository.js';

@ApiTags('operations')
@Authenticated()
@Controller('alerts/active')
export class ActiveAlertsController {
  constructor(private readonly alerts: ActiveAlertsRepository) {}

  @Get()
  @ApiOperation({
    operationId: 'getActiveAlertCounts',
    summary: 'The number of active alerts of the clusters that you may read, by severity',
    description: 'All of them are 0 where nothing is wrong. The alerts of a cluster: `GET /clusters/{id}/alerts`.',
  })
  @ApiOkResponse({ type: ActiveAlertsDto })
  async count(@CurrentCaller() caller: Caller): Promise<ActiveAlertsDto> {
    return this.alerts.count(onlyOwner(caller));
  }
}
