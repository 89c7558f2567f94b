import { Controller, Get, Param, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { type Caller, CurrentCaller, Operators } from '#auth';
import { ErrorDto } from '#http';
import { WorkloadListDto, WorkloadListQuery } from './workload.dto.js';
import { WorkloadsService } from './workloads.service.js';

@ApiTags('connections')
@ApiNotFoundResponse({ type: ErrorDto, description: 'no such connection, or not for you' })
@ApiServiceUnavailableResponse({
  type: ErrorDto,
  description: 'it cannot be reached, or refuses (`workloads_unknown`)',
})
@Controller('connections/:name')
export class WorkloadsController {
  constructor(private readonly workloads: WorkloadsService) {}

  @Get('workloads')
  @Operators()
  @ApiOperation({
    summary: 'What a connection could scale, with the autoscaler that acts on it today',
    description: 'For those who may use the connection. Changes nothing, and takes at most 20 s.',
  })
  @ApiOkResponse({ type: WorkloadListDto })
  @ApiBadRequestResponse({
    type: ErrorDto,
    description: 'no name of a namespace, or the provider of the connection lists no workloads (`no_workloads`)',
  })
  async list(
    @Param('name') name: string,
    @Query() { namespace = [] }: WorkloadListQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<WorkloadListDto> {
    return this.workloads.list(caller, name, namespace);
  }
}
