import { Controller, Get, Param } from '@nestjs/common';
import { Clock } from '#config';
import { Cloud } from '../cloud/cloud.js';
import { totalsDto, usageDto } from './metrics.dto.js';

/** Metrics of the active servers. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly cloud: Cloud,
    private readonly clock: Clock,
  ) {}

  /** The timestamp is real time. */
  @Get(':id')
  read(@Param('id') id: string) {
    const cluster = this.cloud.get(id);
    return {
      cluster_id: id,
      timestamp: new Date(this.clock.now()).toISOString(),
      servers: cluster.readings().map((reading) => ({ server_id: reading.serverId, ...usageDto(reading) })),
      totals: totalsDto(cluster),
    };
  }
}
