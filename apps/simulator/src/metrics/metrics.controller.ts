import { Controller, Get, Param } from '@nestjs/common';
import { Clock } from '#config';
import { Cloud } from '../cloud/cloud.js';

/** What the active servers report. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly cloud: Cloud,
    private readonly clock: Clock,
  ) {}

  /** CPU and memory in percent, request load in requests per second; the timestamp is real time. Totals count what is offered to the whole cluster. */
  @Get(':id')
  read(@Param('id') id: string) {
    const cluster = this.cloud.get(id);
    const readings = cluster.readings();
    return {
      cluster_id: id,
      timestamp: new Date(this.clock.now()).toISOString(),
      servers: readings.map(({ serverId, cpu, memory, requestLoad }) => ({
        server_id: serverId,
        cpu_usage: hundredths(cpu),
        memory_usage: hundredths(memory),
        request_load: hundredths(requestLoad),
      })),
      totals: { request_rate: hundredths(cluster.offeredLoad) },
    };
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
