import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated, CurrentCaller } from '#auth';
import type { Caller } from '#auth';
import { OperationsDto } from './operations.dto.js';
import { OperationsService } from './operations.service.js';

@ApiTags('operations')
@Authenticated()
@Controller('operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @ApiOperation({
    operationId: 'getOperations',
    summary: 'State of the scaling loop, and which of your clusters (admins: all) have problems',
    description: 'As known by the instance that answers, since it started.',
  })
  @ApiOkResponse({ type: OperationsDto })
  async get(@CurrentCaller() caller: Caller): Promise<OperationsDto> {
    return this.operations.get(caller);
  }
}
