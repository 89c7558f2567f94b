import { Controller, Get } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { AlertService } from './alert.service.js';
import { AlertListDto } from './operations.dto.js';

@ApiTags('operations')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/alerts')
export class AlertController {
  constructor(private readonly alerts: AlertService) {}

  @Get()
  @ApiOperation({
    operationId: 'listClusterAlerts',
    summary: 'Alerts of a cluster: active ones first, the most urgent on top, then those that ended',
    description: 'As known by the instance that answers, since it started. Also sent live as `alert`.',
  })
  @ApiOkResponse({ type: AlertListDto })
  async list(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<AlertListDto> {
    const alerts = await this.alerts.ofCluster(caller, id);
    return { alerts, count: alerts.length };
  }
}
