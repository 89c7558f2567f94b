import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { Clock } from '#config';
import { AppError, ListQuery } from '#http';
import type { SimulatedCluster } from '#world';
import { Cloud } from '../cloud/cloud.js';
import { Faults } from '../faults/faults.service.js';
import { invalid } from '../http/errors.js';
import { patternFrom } from '../load/pattern.dto.js';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';
import { TraceLibrary } from '../traces/trace-library.js';
import {
  baseLoadOf,
  CLUSTER_ID,
  CLUSTER_ID_FORM,
  clusterDto,
  clusterSummaryDto,
  CreateClusterDto,
  differences,
  MAX_SERVERS,
  measuredClusterDto,
  ReadClusterQuery,
  specFrom,
  tuningFrom,
  UpdateClusterDto,
} from './clusters.dto.js';

/** The clusters of the simulated cloud. */
@Controller('clusters')
export class ClustersController {
  constructor(
    private readonly cloud: Cloud,
    private readonly faults: Faults,
    private readonly traces: TraceLibrary,
    @Inject(SIMULATOR_OPTIONS) private readonly options: SimulatorOptions,
    private readonly clock: Clock,
  ) {}

  /** Sorted by id; `next_cursor` is the last id of the page. */
  @Get()
  list(@Query() { limit, cursor }: ListQuery) {
    const left = this.cloud.all().filter(({ spec }) => cursor === undefined || spec.id > cursor);
    const clusters = left.slice(0, limit).map(clusterSummaryDto);
    const more = left.length > limit;
    return { clusters, count: clusters.length, ...(more && { next_cursor: clusters.at(-1)!.id }) };
  }

  @Post()
  async createFromBody(@Body() body: CreateClusterDto, @Res({ passthrough: true }) response: Response) {
    return this.createOrFind(body.id, body, response);
  }

  @Post(':id')
  async create(
    @Param('id') id: string,
    @Body() body: CreateClusterDto,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (body.id !== undefined && body.id !== id) {
      throw invalid({ field: 'id', error: `id is "${body.id}" in the body and "${id}" in the path` });
    }
    return this.createOrFind(id, body, response);
  }

  @Get(':id')
  read(@Param('id') id: string, @Query() query: ReadClusterQuery, @Headers('x-fencing-token') token?: string) {
    const cluster = this.cloud.get(id);
    if (token !== undefined) this.cloud.admit(id, tokenFrom(token));
    return query.metrics === 'true'
      ? measuredClusterDto(cluster, this.cloud, this.clock.now())
      : clusterDto(cluster, this.cloud);
  }

  @Put(':id')
  update(@Param('id') id: string, @Body() body: UpdateClusterDto, @Headers('x-fencing-token') token?: string) {
    const cluster = this.cloud.get(id);
    if (token !== undefined) this.cloud.admit(id, tokenFrom(token));
    const desired = desiredFrom(body, cluster);
    const tuning = tuningFrom(body);
    if (desired === null && Object.keys(tuning).length === 0) {
      const error = 'give desired_servers, add_servers, remove_servers, base_cpu, base_memory or variance';
      throw invalid({ field: 'desired_servers', error });
    }
    if (desired !== null) this.setDesired(cluster, desired);
    cluster.tune(tuning, cluster.now);
    this.cloud.changed();
    return clusterDto(cluster, this.cloud);
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id') id: string): void {
    this.cloud.remove(id);
  }

  /** Idempotent: repeating a creation returns the existing cluster, unless the values differ. */
  private async createOrFind(id: string | undefined, body: CreateClusterDto, response: Response) {
    if (id === undefined || !CLUSTER_ID.test(id)) throw invalid({ field: 'id', error: CLUSTER_ID_FORM });
    const spec = specFrom(id, body, this.options);
    const scale = { baseLoad: baseLoadOf(spec), capacity: spec.capacity };
    const pattern = await patternFrom({ pattern: body.pattern ?? 'steady' }, scale, this.traces);
    if (!this.cloud.has(id)) return clusterDto(this.cloud.create(spec, pattern), this.cloud);
    const existing = this.cloud.get(id);
    const different = differences(body, existing, this.options);
    if (different.length > 0) {
      const message = `cluster "${id}" exists already with another ${different.join(', ')}; use PUT to change it`;
      const details = different.map((field) => ({ field, error: `${field} differs from the existing cluster` }));
      throw new AppError(409, 'cluster_exists', message, details);
    }
    response.status(HttpStatus.OK);
    return clusterDto(existing, this.cloud);
  }

  private setDesired(cluster: SimulatedCluster, desired: number): void {
    const { active, provisioning } = cluster.counts;
    const wanted = desired - active - provisioning;
    const { refuseScaleUp, partialScaleUp } = this.faults.on(cluster.spec.id);
    if (wanted > 0 && refuseScaleUp) {
      throw new AppError(409, 'scale_up_refused', 'the provider has no capacity for more servers (injected fault)');
    }
    const granted = partialScaleUp === null ? wanted : Math.floor(wanted * partialScaleUp);
    cluster.setDesired(desired, cluster.now, Math.max(0, granted));
  }
}

function tokenFrom(text: string): number {
  const token = Number(text);
  if (/^\d{1,15}$/.test(text)) return token;
  throw invalid({ field: 'x-fencing-token', error: 'x-fencing-token must be a whole number' });
}

/** The count that the request asks for; `null`: none. */
function desiredFrom(body: UpdateClusterDto, { counts }: SimulatedCluster): number | null {
  const { desired_servers: desired, add_servers: more, remove_servers: fewer } = body;
  const given = Object.entries({ desired_servers: desired, add_servers: more, remove_servers: fewer }).filter(
    ([, count]) => count !== undefined,
  );
  if (given.length > 1) {
    const error = `${given.map(([field]) => field).join(' and ')} exclude each other`;
    throw invalid({ field: given[1]![0], error });
  }
  if (desired !== undefined) return desired;
  const present = counts.active + counts.provisioning;
  if (more !== undefined && present + more > MAX_SERVERS) {
    throw invalid({ field: 'add_servers', error: `a cluster has at most ${MAX_SERVERS} servers` });
  }
  if (more !== undefined) return present + more;
  return fewer === undefined ? null : Math.max(0, present - fewer);
}
