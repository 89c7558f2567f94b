import { Controller, Get } from '@nestjs/common';
import { Cloud } from './cloud/cloud.js';

/** Whether the simulated cloud is there, and what time it is in it. */
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
