import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { Cloud } from '../cloud/cloud.js';
import { durationMs } from '../time/durations.js';
import { FaultGate } from './fault-gate.js';
import { effectsFrom, FaultDto, faultDto } from './faults.dto.js';
import { Faults } from './faults.service.js';

/** Fault injection. */
@Controller('faults')
export class FaultsController {
  constructor(
    private readonly faults: Faults,
    private readonly gate: FaultGate,
    private readonly cloud: Cloud,
  ) {}

  @Get()
  list() {
    const faults = this.faults.list().map(faultDto);
    return { faults, count: faults.length };
  }

  /** Adds a fault. A crash is immediate and not listed afterwards. */
  @Post()
  add(@Body() body: FaultDto) {
    const effects = effectsFrom(body);
    const named = body.cluster_id === undefined ? null : this.cloud.get(body.cluster_id);
    const crashed = body.crash_servers === undefined ? [] : this.crash(body.crash_servers, named?.spec.id);
    const fault = effects && this.faults.add(named?.spec.id ?? null, effects, durationMs(body.duration));
    return { fault: fault && faultDto(fault), crashed_servers: crashed };
  }

  /** Ends all faults, or those of `cluster_id`, and closes hanging connections. */
  @Delete()
  @HttpCode(204)
  clear(@Query('cluster_id') clusterId?: string): void {
    this.faults.clear(clusterId);
    this.gate.release();
  }

  private crash(count: number, clusterId?: string): string[] {
    const clusters = clusterId === undefined ? this.cloud.all() : [this.cloud.get(clusterId)];
    const crashed = clusters.flatMap((cluster) => cluster.crash(count, cluster.now));
    this.cloud.changed();
    return crashed;
  }
}
