import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query, UseInterceptors } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
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
import { ClusterId } from './cluster-id.js';
import {
  ClusterDto,
  ClusterListDto,
  ClusterListQuery,
  clusterToDto,
  CreateClusterDto,
  UpdateClusterDto,
} from './cluster.dto.js';
import { CREATE_EXAMPLES, UPDATE_EXAMPLES } from './cluster.examples.js';
import { ClusterFaults } from './cluster-faults.js';
import { ClustersService } from './clusters.service.js';

const NOT_FOUND = { type: ErrorDto, description: 'no such cluster, or not yours' };
const BAD_REQUEST = { type: ErrorDto, description: 'all wrong fields, and why' };
const TAKEN = {
  type: ErrorDto,
  description:
    'you have a cluster of this name (`name_taken`), or another cluster scales the same servers (`target_taken`)',
};

@ApiTags('clusters')
@Controller('clusters')
@UseInterceptors(ClusterFaults)
export class ClustersController {
  constructor(private readonly clusters: ClustersService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'listClusters',
    summary: 'The clusters that you may read, oldest first',
    description: 'Your own, or those of all owners if your scope is `all`. Pages are connected by `next_cursor`.',
  })
  @ApiOkResponse({ type: ClusterListDto })
  async list(@Query() query: ClusterListQuery, @CurrentCaller() caller: Caller): Promise<ClusterListDto> {
    const { rows, nextCursor } = await this.clusters.list(caller, query);
    return {
      clusters: rows.map(clusterToDto),
      count: rows.length,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    };
  }

  @Post()
  @Operators()
  @ApiOperation({
    operationId: 'createCluster',
    summary: 'Register a cluster; its first tick follows at once',
    description:
      'Omitted fields get defaults: without a policy the service level, without a provider simulated servers. The policy acts at once unless its `mode` is `recommend`.',
  })
  @ApiBody({ type: CreateClusterDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: ClusterDto })
  @ApiBadRequestResponse(BAD_REQUEST)
  @ApiConflictResponse(TAKEN)
  async create(@Body() body: CreateClusterDto, @CurrentCaller() caller: Caller): Promise<ClusterDto> {
    return clusterToDto(await this.clusters.create(caller, body));
  }

  @Get(':id')
  @Authenticated()
  @ApiOperation({
    operationId: 'getCluster',
    summary: 'The definition of a cluster',
    description: 'The definition with all defaults filled in. How the cluster is doing: `GET /clusters/{id}/status`.',
  })
  @ApiOkResponse({ type: ClusterDto })
  @ApiNotFoundResponse(NOT_FOUND)
  async get(@ClusterId() id: string, @CurrentCaller() caller: Caller): Promise<ClusterDto> {
    return clusterToDto(await this.clusters.get(caller, id));
  }

  @Put(':id')
  @Operators()
  @ApiOperation({
    operationId: 'updateCluster',
    summary: 'Change a cluster; the next tick applies it',
    description:
      'For its owner and admins. Omitted fields stay. With `updated_at` the change is refused if the cluster has changed since then.',
  })
  @ApiBody({ type: UpdateClusterDto, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: ClusterDto })
  @ApiBadRequestResponse(BAD_REQUEST)
  @ApiNotFoundResponse(NOT_FOUND)
  @ApiConflictResponse({
    type: ErrorDto,
    description:
      'you have a cluster of this name (`name_taken`), another cluster scales the same servers (`target_taken`), or it has changed since `updated_at` (`changed_meanwhile`)',
  })
  async update(
    @ClusterId() id: string,
    @Body() body: UpdateClusterDto,
    @CurrentCaller() caller: Caller,
  ): Promise<ClusterDto> {
    return clusterToDto(await this.clusters.update(caller, id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operators()
  @ApiOperation({
    operationId: 'deleteCluster',
    summary: 'Delete a cluster; its servers stay as they are, its history is kept until retention removes it',
    description: 'For its owner and admins. Nothing is scaled any more, and nothing is removed at the provider.',
  })
  @ApiNoContentResponse()
  @ApiNotFoundResponse(NOT_FOUND)
  async remove(@ClusterId() id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.clusters.remove(caller, id);
  }
}
