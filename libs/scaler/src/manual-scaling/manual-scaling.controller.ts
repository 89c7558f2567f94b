import { Body, Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { ApiBadRequestResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { ManualScalingDto, ManualScalingRequest } from './manual-scaling.dto.js';
import { ManualScalingService } from './manual-scaling.service.js';

@ApiTags('clusters')
@ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
@Operators()
@Controller('clusters/:id/scale')
export class ManualScalingController {
  constructor(private readonly scaling: ManualScalingService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'scaleCluster',
    summary: 'Set the number of servers by hand for a while',
    description:
      'Until then no policy changes the count. Decisions name the user who holds it. A cluster that only recommends recommends this count: `mode` says so.',
  })
  @ApiOkResponse({ type: ManualScalingDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'Out of bounds, or not a valid time' })
  async scale(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() request: ManualScalingRequest,
  ): Promise<ManualScalingDto> {
    return this.scaling.scale(caller, id, request);
  }

  @Delete()
  @ApiOperation({
    operationId: 'releaseHold',
    summary: 'Release the hold: policies decide again',
    description: 'The next tick decides again by policy. Servers stay as they are until then.',
  })
  @ApiOkResponse({ type: ManualScalingDto })
  async release(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<ManualScalingDto> {
    return this.scaling.release(caller, id);
  }
}
