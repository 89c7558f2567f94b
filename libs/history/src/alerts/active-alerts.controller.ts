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
  @ApiOperation({ summary: 'The number of active alerts of the clusters that you may read, by severity' })
  @ApiOkResponse({ type: ActiveAlertsDto })
  async count(@CurrentCaller() caller: Caller): Promise<ActiveAlertsDto> {
    return this.alerts.count(onlyOwner(caller));
  }
}
