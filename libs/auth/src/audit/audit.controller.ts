import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Roles } from '../access/access.decorators.js';
import { AuditListDto, AuditQuery } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @Roles('admin')
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'Audit log, newest first',
    description:
      'For admins. Who changed what, when, and from which address, with values before and after. Filters are combined.',
  })
  @ApiOkResponse({ type: AuditListDto })
  async list(@Query() query: AuditQuery): Promise<AuditListDto> {
    const { rows, nextCursor } = await this.audit.list(Object.assign({}, query, { targetType: query.target_type }));
    return { entries: rows, count: rows.length, ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }) };
  }
}
