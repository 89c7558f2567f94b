import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { UndoneDto, UndoRequest } from './manual-scaling.dto.js';
import { ManualScalingService } from './manual-scaling.service.js';

@ApiTags('clusters')
@Operators()
@Controller('clusters/:id/undo')
export class UndoController {
  constructor(private readonly scaling: ManualScalingService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'undoManualChange',
    summary: 'Undo the last change of bounds or hold',
    description:
      'Restores `min_servers`, `max_servers` and the hold from before their last change, and ticks the cluster at once. ' +
      'While the change is in force, and for 15 minutes after it was carried out, it also restores the count from before it, within the bounds. ' +
      'Servers that were removed are added at once; the policies keep them for their scale-down window. ' +
      'Servers that were added are removed like by a hold, unless the policies need them by now. ' +
      'During a freeze or a pause the count waits. Its decisions have the code `undone`.',
  })
  @ApiOkResponse({ type: UndoneDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
  @ApiConflictResponse({ type: ErrorDto, description: 'There is no change to undo (`nothing_to_undo`)' })
  async undo(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() request: UndoRequest,
  ): Promise<UndoneDto> {
    return this.scaling.undo(caller, id, request);
  }
}
