import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { IsString } from 'class-validator';
import { baseLoadOf, clusterDto } from '../clusters/clusters.dto.js';
import { Cloud } from '../cloud/cloud.js';
import { TraceLibrary } from '../traces/trace-library.js';
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
