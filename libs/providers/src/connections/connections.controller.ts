import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, UseInterceptors } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller, Operators } from '#auth';
import { ErrorDto } from '#http';
import {
  ConnectionDto,
  ConnectionListDto,
  ConnectionListQuery,
  ConnectionTestDto,
  connectionToDto,
  CreateConnectionDto,
  RotateSecretsDto,
  UpdateConnectionDto,
} from './connection.dto.js';
import { ConnectionFaults } from './connection-faults.js';
import { ConnectionTests } from './connection-tests.js';
import { ConnectionsService } from './connections.service.js';

const NOT_FOUND = { type: ErrorDto, description: 'no such connection, or not for you' };
const BAD_REQUEST = { type: ErrorDto, description: 'all wrong fields, and why' };
const NO_KEY = 'the installation has no key to encrypt secrets with (`secrets_key_missing`)';

@ApiTags('connections')
@Controller('connections')
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionsService,
    private readonly tests: ConnectionTests,
  ) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'listConnections',
    summary: 'The connections that you may use, and those of accounts whose clusters you may read, oldest first',
    description: 'With `type`, only connections of this type. Secrets are never shown.',
  })
  @ApiOkResponse({ type: ConnectionListDto })
  async list(@Query() query: ConnectionListQuery, @CurrentCaller() caller: Caller): Promise<ConnectionListDto> {
    const { rows, nextCursor } = await this.connections.list(caller, query);
    return {
      connections: rows.map(connectionToDto),
      count: rows.length,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    };
  }

  @Post()
  @Operators()
  @UseInterceptors(ConnectionFaults)
  @ApiOperation({
    operationId: 'createConnection',
    summary: 'Store a connection, which clusters then name in `provider.connection`',
    description:
      'Its address must be listed in `collector.allowed_urls` of the configuration (`AUTOSCALER_COLLECTOR_ALLOWED_URLS`), which is read when the service starts. Secrets are encrypted and never shown again. Only you may use it until an admin shares it.',
  })
  @ApiCreatedResponse({ type: ConnectionDto })
  @ApiBadRequestResponse(BAD_REQUEST)
  @ApiConflictResponse({
    type: ErrorDto,
    description: `a connection has this name (\`name_taken\`), you own as many as are allowed (\`too_many_connections\`), or ${NO_KEY}`,
  })
  async create(@Body() body: CreateConnectionDto, @CurrentCaller() caller: Caller): Promise<ConnectionDto> {
    return connectionToDto(await this.connections.create(caller, body));
  }

  @Get(':name')
  @Authenticated()
  @ApiOperation({
    operationId: 'getConnection',
    summary: 'A connection, with the names of its secrets',
    description:
      'Where the system is reached, who owns the connection and whether it is shared. Secrets are never shown.',
  })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async get(@Param('name') name: string, @CurrentCaller() caller: Caller): Promise<ConnectionDto> {
    return connectionToDto(await this.connections.get(caller, name));
  }

  @Put(':name')
  @Operators()
  @ApiOperation({
    operationId: 'updateConnection',
    summary: 'Change a connection; sessions with the new version replace the present ones at the next tick',
    description: 'For its owner and admins; only admins share it.',
  })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiBadRequestResponse(BAD_REQUEST)
  @ApiNotFoundResponse(NOT_FOUND)
  @ApiConflictResponse({
    type: ErrorDto,
    description: `it has changed since \`version\` (\`changed_meanwhile\`), clusters of others use what is to be shared no more (\`connection_in_use\`), or ${NO_KEY}`,
  })
  async update(
    @Param('name') name: string,
    @Body() body: UpdateConnectionDto,
    @CurrentCaller() caller: Caller,
  ): Promise<ConnectionDto> {
    return connectionToDto(await this.connections.update(caller, name, body));
  }

  @Post(':name/test')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'testConnection',
    summary: 'Test a connection: whether it is reached, as whom, and which rights are missing',
    description: 'For those who may use it. Changes nothing, and takes at most 10 s.',
  })
  @ApiOkResponse({ type: ConnectionTestDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async test(@Param('name') name: string, @CurrentCaller() caller: Caller): Promise<ConnectionTestDto> {
    return this.tests.run(caller, name);
  }

  @Post(':name/rotate')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'rotateConnectionSecrets',
    summary: 'Replace secrets of a connection; the next tick uses them',
    description: 'For its owner and admins.',
  })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiBadRequestResponse(BAD_REQUEST)
  @ApiNotFoundResponse(NOT_FOUND)
  @ApiConflictResponse({ type: ErrorDto, description: NO_KEY })
  async rotate(
    @Param('name') name: string,
    @Body() body: RotateSecretsDto,
    @CurrentCaller() caller: Caller,
  ): Promise<ConnectionDto> {
    return connectionToDto(await this.connections.rotate(caller, name, body.secrets));
  }

  @Delete(':name')
  @HttpCode(204)
  @Operators()
  @ApiOperation({
    operationId: 'deleteConnection',
    summary: 'Delete a connection that no cluster uses, with its secrets',
    description: 'For its owner and admins. Clusters that use it must name another one first.',
  })
  @ApiNoContentResponse()
  @ApiNotFoundResponse(NOT_FOUND)
  @ApiConflictResponse({ type: ErrorDto, description: 'the clusters that use it (`connection_in_use`)' })
  async remove(@Param('name') name: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.connections.remove(caller, name);
  }
}
