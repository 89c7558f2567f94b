import { Controller, Get } from '@nestjs/common';
import { Cloud } from './cloud/cloud.js';

/** Health of the simulated cloud, and its time. */
@Controller('health')
export class HealthController {
  constructor(private readonly cloud: Cloud) {}

  @Get()
  read() {
    return {
      status: 'ok',
      clusters: this.cloud.size,
      speed: this.cloud.speed,
      virtual_time: new Date(this.cloud.now()).toISOString(),
    };
  }
}
