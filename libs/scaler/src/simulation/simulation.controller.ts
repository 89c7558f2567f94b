import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { Authenticated, CurrentCaller, Operators } from '#auth';
import type { Caller } from '#auth';
import { ClusterId } from '#clusters';
import { ErrorDto } from '#http';
import {
  KilledServersDto,
  KillServersRequest,
  PatternRequest,
  SimulationDto,
  SpikeDto,
  SpikeRequest,
} from './simulation.dto.js';
import { SimulationService } from './simulation.service.js';

const WRONG_FIELD = { type: ErrorDto, description: 'all wrong fields, and why' };

@ApiTags('simulation')
@ApiNotFoundResponse({
  type: ErrorDto,
  description: 'No such cluster, or not yours; or its simulator does not know it',
})
@ApiConflictResponse({ type: ErrorDto, description: 'The cluster is not simulated' })
@ApiServiceUnavailableResponse({ type: ErrorDto, description: 'The simulator cannot be reached' })
@Controller('clusters/:id/simulation')
export class SimulationController {
  constructor(private readonly simulation: SimulationService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'getSimulation',
    summary: 'State of the simulation: load pattern, spikes, requests',
    description: 'Only for clusters whose servers are simulated.',
  })
  @ApiOkResponse({ type: SimulationDto })
  async get(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<SimulationDto> {
    return this.simulation.get(caller, id);
  }

  @Post('spike')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'startSimulatedSpike',
    summary: 'Start a load spike',
    description:
      'CPU rises to `cpu_target`, stays there for `duration` and falls again. Only for clusters whose servers are simulated.',
  })
  @ApiOkResponse({ type: SpikeDto })
  @ApiBadRequestResponse(WRONG_FIELD)
  async spike(@CurrentCaller() caller: Caller, @ClusterId() id: string, @Body() body: SpikeRequest): Promise<SpikeDto> {
    return this.simulation.spike(caller, id, body);
  }

  @Post('pattern')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'setSimulatedPattern',
    summary: 'Change the load pattern of a simulated cluster',
    description: 'Replaces the present one. Only for clusters whose servers are simulated.',
  })
  @ApiOkResponse({ type: SimulationDto })
  @ApiBadRequestResponse(WRONG_FIELD)
  async pattern(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() body: PatternRequest,
  ): Promise<SimulationDto> {
    return this.simulation.pattern(caller, id, body);
  }

  @Post('kill-servers')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'killSimulatedServers',
    summary: 'Crash active servers of a simulated cluster',
    description: 'To see how the service replaces them. Only for clusters whose servers are simulated.',
  })
  @ApiOkResponse({ type: KilledServersDto })
  @ApiBadRequestResponse(WRONG_FIELD)
  async killServers(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() body: KillServersRequest,
  ): Promise<KilledServersDto> {
    return this.simulation.killServers(caller, id, body);
  }
}
