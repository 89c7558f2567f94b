import { Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
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
      'Puts `min_servers`, `max_servers` and the hold back to what they were before the last change of any of them. The next tick, which comes at once, asks for the servers again.',
  })
  @ApiOkResponse({ type: UndoneDto })
  @ApiNotFoundResponse({ type: ErrorDto, description: 'No such cluster, or not yours' })
  @ApiConflictResponse({ type: ErrorDto, description: 'No change is left to undo (`nothing_to_undo`)' })
  async undo(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<UndoneDto> {
    return this.scaling.undo(caller, id);
  }
}
