import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBadRequestResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller, Roles } from '#auth';
import type { Caller } from '#auth';
import { ErrorDto } from '#http';
import { FreezeRequest, FreezeStateDto, ReleasedRemovalsDto, ReleaseRemovalsRequest } from './brakes.dto.js';
import { BrakesService } from './brakes.service.js';

@ApiTags('operations')
@Controller('operations')
export class BrakesController {
  constructor(private readonly brakes: BrakesService) {}

  @Get('freeze')
  @Authenticated()
  @ApiOperation({
    operationId: 'getFreeze',
    summary: 'Whether all scaling is frozen, by whom and why',
    description: 'The field `freeze` is `null` while scaling is not frozen.',
  })
  @ApiOkResponse({ type: FreezeStateDto })
  async get(): Promise<FreezeStateDto> {
    return { freeze: await this.brakes.freeze() };
  }

  @Post('freeze')
  @HttpCode(200)
  @Roles('admin')
  @ApiOperation({
    operationId: 'freezeScaling',
    summary: 'Freeze all scaling',
    description:
      'Within one interval no instance adds or removes servers of any cluster, holds included. Metrics are collected and ' +
      'decisions are recorded with the code `frozen`. The freeze survives restarts and lasts until it is lifted.',
  })
  @ApiOkResponse({ type: FreezeStateDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'the reason is longer than 200 characters' })
  async freeze(@CurrentCaller() caller: Caller, @Body() { reason }: FreezeRequest): Promise<FreezeStateDto> {
    return { freeze: await this.brakes.stop(caller, reason ?? null) };
  }

  @Delete('freeze')
  @Roles('admin')
  @ApiOperation({
    operationId: 'liftFreeze',
    summary: 'Lift the freeze: clusters are scaled again from their next tick on',
    description: 'For admins. Paused clusters stay paused.',
  })
  @ApiOkResponse({ type: FreezeStateDto })
  async lift(@CurrentCaller() caller: Caller): Promise<FreezeStateDto> {
    return { freeze: await this.brakes.lift(caller) };
  }

  @Post('removals/release')
  @HttpCode(200)
  @Roles('admin')
  @ApiOperation({
    operationId: 'releaseRemovals',
    summary: 'Release removals on hold',
    description:
      'If at least five clusters, and more than a fifth of those of one endpoint, would each lose within a minute ' +
      'more than a quarter of their servers, the removals are on hold for 5 minutes (`removals_held`). This releases ' +
      'them at the next tick of each cluster.',
  })
  @ApiOkResponse({ type: ReleasedRemovalsDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'the endpoint is not a text' })
  async release(
    @CurrentCaller() caller: Caller,
    @Body() { endpoint }: ReleaseRemovalsRequest,
  ): Promise<ReleasedRemovalsDto> {
    return { released: await this.brakes.release(caller, endpoint ?? null) };
  }
}
