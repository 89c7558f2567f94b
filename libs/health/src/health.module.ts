import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ScalerModule } from '#scaler';
import { DrainState } from './drain-state.js';
import { HealthController } from './health.controller.js';

@Module({
  imports: [TerminusModule, ScalerModule],
  controllers: [HealthController],
  providers: [DrainState],
  exports: [DrainState],
})
export class HealthModule {}
