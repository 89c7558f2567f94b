import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import { UndoneDto } from './manual-scaling.dto.js';
import { ManualScalingService } from './manual-scaling.service.js';

@ApiTags('clusters')
@Operators()
@Controller('clusters/:id/undo')
export class UndoController {
  constructor(private readonly scaling: ManualScalingService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Undo the last change of bounds or hold',
    description:
      'Restores `min_servers`, `max_servers` and the hold from before the last change of any of them, and ticks the cluster at once. A removal in steps stops. Removed servers come back if the policies, the bounds or the hold need them.',
  })
  @ApiOkResponse({ type: UndoneDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
  @ApiConflictResponse({ type: ErrorDto, description: 'There is no change to undo (`nothing_to_undo`)' })
  async undo(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<UndoneDto> {
    return this.scaling.undo(caller, id);
  }
}
