import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PartitionsModule } from '#partitions';
import { ScalerModule } from '#scaler';
import { DrainState } from './drain-state.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({
  // Terminus would log each failed probe, every few seconds.
  imports: [TerminusModule.forRoot({ logger: false }), ScalerModule, PartitionsModule],
  controllers: [HealthController],
  providers: [DrainState, HealthService],
  exports: [DrainState],
})
export class HealthModule {}
