import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller } from '#auth';
import { sumByCurrency } from '#clusters';
import { ClusterOverviewListDto } from './cluster-overview.dto.js';
import { ClusterOverviewService } from './cluster-overview.service.js';

@ApiTags('clusters')
@Authenticated()
@Controller('clusters/overview')
export class ClusterOverviewController {
  constructor(private readonly overviews: ClusterOverviewService) {}

  @Get()
  @ApiOperation({
    operationId: 'listClusterOverviews',
    summary: 'Overview of the clusters that you may read, by name',
    description: 'One row for each cluster: state, servers, demand of the last minutes, service level, active alerts.',
  })
  @ApiOkResponse({ type: ClusterOverviewListDto })
  async list(@CurrentCaller() caller: Caller): Promise<ClusterOverviewListDto> {
    const clusters = await this.overviews.list(caller);
    const costs = clusters.map(({ cost_per_hour: cost }) => cost);
    return {
      clusters,
      count: clusters.length,
      cost_per_hour: sumByCurrency(costs),
      without_cost: costs.filter((cost) => cost === null).length,
    };
  }
}
