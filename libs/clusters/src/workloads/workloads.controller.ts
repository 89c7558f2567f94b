import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { type Caller, CurrentCaller, Operators } from '#auth';
import { ErrorDto } from '#http';
import { ImportResultDto, importToDto, ImportWorkloadsDto } from './import.dto.js';
import { WorkloadImport } from './workload-import.js';
import { WorkloadListDto, WorkloadListQuery } from './workload.dto.js';
import { WorkloadsService } from './workloads.service.js';

@ApiTags('connections')
@ApiNotFoundResponse({ type: ErrorDto, description: 'no such connection, or not for you' })
@ApiConflictResponse({ type: ErrorDto, description: 'its provider lists no workloads (`no_workloads`)' })
@ApiServiceUnavailableResponse({
  type: ErrorDto,
  description: 'it cannot be reached, or refuses (`workloads_unknown`)',
})
@Controller('connections/:name')
export class WorkloadsController {
  constructor(
    private readonly workloads: WorkloadsService,
    private readonly imports: WorkloadImport,
  ) {}

  @Get('workloads')
  @Operators()
  @ApiOperation({
    operationId: 'listWorkloads',
    summary: 'What a connection could scale, with the autoscaler that acts on it today',
    description: 'For those who may use the connection. Changes nothing, and takes at most 20 s.',
  })
  @ApiOkResponse({ type: WorkloadListDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'no name of a namespace' })
  async list(
    @Param('name') name: string,
    @Query() { namespace = [] }: WorkloadListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<WorkloadListDto> {
    return this.workloads.list(caller, name, namespace);
  }

  @Post('import')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'importWorkloads',
    summary: 'Make clusters of workloads: they recommend, with bounds and CPU target of the autoscaler that acts today',
    description:
      'For those who may use the connection; you own the clusters. Repeatable: a workload that has a cluster is skipped.',
  })
  @ApiOkResponse({ type: ImportResultDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'all wrong fields, and why' })
  async import(
    @Param('name') name: string,
    @Body() { workloads, dry_run: isDry = false }: ImportWorkloadsDto,
    @CurrentCaller() caller: Caller,
  ): Promise<ImportResultDto> {
    return importToDto(await this.imports.chosen(caller, name, workloads, { isDry }));
  }
}
