import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck } from '@nestjs/terminus';
import type { Response } from 'express';
import { Public } from '#auth';
import { NotRateLimited } from '#http';
import { HealthDto, UnhealthyDto } from './health.dto.js';
import { HealthService } from './health.service.js';

/** Documents the answers here: `HealthCheck` would document those of terminus. */
const NotCached = (): MethodDecorator => HealthCheck({ noCache: true, swaggerDocumentation: false });

@ApiTags('health')
@Public()
@NotRateLimited()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @NotCached()
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'The service and what it depends on',
    description: 'Needs no login. 503 if a dependency is down; `details` says which.',
  })
  @ApiOkResponse({ type: HealthDto })
  @ApiServiceUnavailableResponse({ type: UnhealthyDto, description: 'a dependency is down; `details` says which' })
  async overall(@Res({ passthrough: true }) response: Response): Promise<HealthDto | UnhealthyDto> {
    return answer(response, await this.health.check('not healthy', 'not_healthy'));
  }

  @Get('ready')
  @NotCached()
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether to send requests here: migrated, connected, ticking and not draining',
    description: 'Needs no login. For load balancers and readiness probes; 503 says why in `details`.',
  })
  @ApiOkResponse({ type: HealthDto })
  @ApiServiceUnavailableResponse({ type: UnhealthyDto, description: 'not ready; `details` says why' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthDto | UnhealthyDto> {
    return answer(response, await this.health.check('not ready', 'not_ready'));
  }

  @Get('live')
  @NotCached()
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Whether the process is alive; checks nothing else',
    description:
      'Needs no login. For liveness probes, which restart a process that does not answer. The database may be down.',
  })
  @ApiOkResponse({ type: HealthDto })
  live(): HealthDto {
    return this.health.alive();
  }
}

/** Not thrown: an unready service must not log an error with each probe. */
function answer(response: Response, health: HealthDto | UnhealthyDto): HealthDto | UnhealthyDto {
  if (health.status === 'error') response.status(HttpStatus.SERVICE_UNAVAILABLE);
  return health;
}
