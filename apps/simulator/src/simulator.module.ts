import { type DynamicModule, Module } from '@nestjs/common';
import { Clock, SystemClock } from '#config';
import { Cloud } from './cloud/cloud.js';
import { ClustersController } from './clusters/clusters.controller.js';
import { FaultGate } from './faults/fault-gate.js';
import { FaultsController } from './faults/faults.controller.js';
import { Faults } from './faults/faults.service.js';
import { HealthController } from './health.controller.js';
import { LoadController } from './load/load.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from './options.js';
import { StateKeeper } from './state/keeper.service.js';
import { Pause, TimerPause } from './time/pause.js';
import { TraceLibrary } from './traces/trace-library.js';

@Module({})
export class SimulatorModule {
  static with(options: SimulatorOptions): DynamicModule {
    return {
      module: SimulatorModule,
      controllers: [HealthController, ClustersController, MetricsController, LoadController, FaultsController],
      providers: [
        { provide: SIMULATOR_OPTIONS, useValue: options },
        { provide: Clock, useClass: SystemClock },
        { provide: Pause, useClass: TimerPause },
        Cloud,
        Faults,
        FaultGate,
        StateKeeper,
        TraceLibrary,
      ],
    };
  }
}
