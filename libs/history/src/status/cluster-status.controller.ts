import { Controller, Get } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { ClusterStatusDto } from './cluster-status.dto.js';
import { ClusterStatusService } from './cluster-status.service.js';

@ApiTags('clusters')
@Authenticated()
@Controller('clusters/:id/status')
export class ClusterStatusController {
  constructor(private readonly statuses: ClusterStatusService) {}

  @Get()
  @ApiOperation({
    operationId: 'getClusterStatus',
    summary: 'Status of a cluster: servers, load, the last decision',
    description:
      'What is known at the last tick. `null` is unknown: nothing was observed yet, or the provider cannot be reached.',
  })
  @ApiOkResponse({ type: ClusterStatusDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'no such cluster, or not yours' })
  async get(@ClusterId() id: string, @CurrentCaller() caller: Caller): Promise<ClusterStatusDto> {
    return this.statuses.get(caller, id);
  }
}
