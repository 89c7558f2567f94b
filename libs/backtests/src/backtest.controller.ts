import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import { Authenticated, CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto, IdParam, ListQuery } from '#http';
import { BacktestDetailDto, BacktestDto, BacktestListDto, CreateBacktestDto } from './backtest.dto.js';
import { BacktestService } from './backtest.service.js';

@ApiTags('backtests')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster or backtest, or not yours' })
@Controller('clusters/:id/backtests')
export class BacktestController {
  constructor(private readonly backtests: BacktestService) {}

  @Post()
  @HttpCode(202)
  @Operators()
  @ApiOperation({
    operationId: 'createBacktest',
    summary: 'Start a backtest of policies on the recorded demand of the cluster, or on a trace',
    description:
      'Runs as a job; the socket event `backtest` reports its progress. History and defaults are fixed when it starts, so a restart does not change the result.',
  })
  @ApiAcceptedResponse({ type: BacktestDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'All wrong fields, and why' })
  @ApiConflictResponse({ type: ErrorDto, description: 'There is no recorded demand in the range' })
  @ApiTooManyRequestsResponse({
    type: ErrorDto,
    description: 'You have reached the limit of backtests queued or running',
  })
  async create(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() body: CreateBacktestDto,
  ): Promise<BacktestDto> {
    return this.backtests.create(caller, id, body);
  }

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'listBacktests',
    summary: 'The backtests of a cluster, newest first, without their results',
    description:
      'The request of each with its status and progress. Results are large, so one is read with `GET /clusters/{id}/backtests/{backtest_id}`.',
  })
  @ApiOkResponse({ type: BacktestListDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'A field of the query is wrong' })
  async list(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Query() query: ListQuery,
  ): Promise<BacktestListDto> {
    return this.backtests.list(caller, id, query);
  }

  @Get(':backtest_id')
  @Authenticated()
  @ApiOperation({
    operationId: 'getBacktest',
    summary: 'One backtest, with its result once it is done',
    description:
      'The result has a score and a chart for each policy and baseline, and the frontier of cost against slow requests.',
  })
  @ApiOkResponse({ type: BacktestDetailDto })
  async get(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @IdParam('backtest_id') backtestId: string,
  ): Promise<BacktestDetailDto> {
    return this.backtests.get(caller, id, backtestId);
  }

  @Delete(':backtest_id')
  @HttpCode(204)
  @Operators()
  @ApiOperation({
    operationId: 'deleteBacktest',
    summary: 'Cancel a backtest that is queued or running, or delete one that has ended',
    description: 'A running one ends within seconds. Nothing else of the cluster changes.',
  })
  @ApiNoContentResponse()
  async remove(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @IdParam('backtest_id') backtestId: string,
  ): Promise<void> {
    await this.backtests.remove(caller, id, backtestId);
  }
}
