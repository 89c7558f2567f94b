import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { IsString } from 'class-validator';
import { baseLoadOf, clusterDto } from '../clusters/clusters.dto.js';
import { Cloud } from '../cloud/cloud.js';
import { TraceLibrary } from '../traces/trace-library.js';
import { LoadQuery, timesOf } from './load.dto.js';
import { PatternDto, patternFrom } from './pattern.dto.js';
import { SpikeDto, spikeDto, spikeRequestFrom } from './spike.dto.js';

/** `POST /pattern`. */
export class SetPatternDto extends PatternDto {
  @IsString()
  cluster_id!: string;
}

/** The load of the clusters. */
@Controller()
export class LoadController {
  constructor(
    private readonly cloud: Cloud,
    private readonly traces: TraceLibrary,
  ) {}

  @Post('spike')
  @HttpCode(200)
  spike(@Body() body: SpikeDto) {
    const cluster = this.cloud.get(body.cluster_id);
    const spike = cluster.addSpike(spikeRequestFrom(body, this.cloud), this.cloud.now());
    this.cloud.changed();
    return { cluster_id: cluster.spec.id, ...spikeDto(spike, this.cloud) };
  }

  /** The load of the pattern at times past and future, as if it had always been played. */
  @Get('clusters/:id/load')
  load(@Param('id') id: string, @Query() query: LoadQuery) {
    const cluster = this.cloud.get(id);
    const load = timesOf(query).map((at) => cluster.patternLoadAt(this.cloud.virtualTimeOf(at)));
    return { cluster_id: id, load: load.map((value) => Math.round(value * 100) / 100) };
  }

  @Post('pattern')
  @HttpCode(200)
  async pattern(@Body() body: SetPatternDto) {
    const { spec } = this.cloud.get(body.cluster_id);
    const pattern = await patternFrom(body, { baseLoad: baseLoadOf(spec), capacity: spec.capacity }, this.traces);
    const cluster = this.cloud.get(body.cluster_id);
    cluster.setPattern(pattern, this.cloud.now(), {
      ...(body.noise !== undefined && { noise: body.noise }),
      ...(body.compression !== undefined && { compression: body.compression }),
    });
    this.cloud.changed();
    return clusterDto(cluster, this.cloud);
  }
}
