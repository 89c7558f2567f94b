import { Controller, Get, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiExtraModels,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { BucketDto, LatestMetricsDto, MetricsDto, MetricsQuery, SampleDto } from './metrics.dto.js';
import { MetricsService } from './metrics.service.js';

@ApiTags('metrics')
@ApiExtraModels(SampleDto, BucketDto)
@ApiNotFoundResponse({ type: ErrorDto, description: 'no such cluster, or not yours' })
@Authenticated()
@Controller('clusters/:id/metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @ApiOperation({
    operationId: 'getMetrics',
    summary: 'Metrics: samples of the servers, or summaries of the cluster',
    description: 'Default: the last hour.',
  })
  @ApiOkResponse({ type: MetricsDto })
  @ApiBadRequestResponse({ type: ErrorDto })
  async range(
    @ClusterId() id: string,
    @Query() query: MetricsQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<MetricsDto> {
    return this.metrics.range(caller, id, query);
  }

  @Get('latest')
  @ApiOperation({
    operationId: 'getLatestMetrics',
    summary: 'The newest sample of each server',
    description: 'Each with its own time: servers that no longer report are seen by it.',
  })
  @ApiOkResponse({ type: LatestMetricsDto })
  async latest(@ClusterId() id: string, @CurrentCaller() caller: Caller): Promise<LatestMetricsDto> {
    return this.metrics.latest(caller, id);
  }

  @Get('hourly')
  @ApiOperation({
    operationId: 'getHourlyMetrics',
    summary: 'Summaries by hour',
    description: 'Default: the last day.',
  })
  @ApiOkResponse({ type: MetricsDto })
  @ApiBadRequestResponse({ type: ErrorDto })
  async hourly(
    @ClusterId() id: string,
    @Query() query: MetricsQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<MetricsDto> {
    return this.metrics.hourly(caller, id, query);
  }
}
