import { Body, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Authenticated, type Caller, CurrentCaller, Operators } from '#auth';
import { ErrorDto } from '#http';
import { ClusterId } from '../cluster-id.js';
import { ClusterDto, clusterToDto } from '../cluster.dto.js';
import { CandidateDto, candidateToDto, SetCandidateDto } from './candidate.dto.js';
import { CandidateService } from './candidate.service.js';

const NOT_FOUND = { type: ErrorDto, description: 'no such cluster, or not yours; or it has no candidate' };

@ApiTags('candidates')
@ApiNotFoundResponse(NOT_FOUND)
@Controller('clusters/:id/candidate')
export class CandidateController {
  constructor(private readonly candidates: CandidateService) {}

  @Get()
  @Authenticated()
  @ApiOperation({
    operationId: 'getCandidate',
    summary: 'The candidate policy',
    description: 'The policy on trial beside the acting one. 404 if there is none.',
  })
  @ApiOkResponse({ type: CandidateDto })
  async get(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<CandidateDto> {
    return candidateToDto(await this.candidates.get(caller, id));
  }

  @Put()
  @Operators()
  @ApiOperation({
    operationId: 'setCandidate',
    summary: 'Try a policy without acting: it decides at each tick, and its decisions are not carried out',
    description:
      'Its decisions are in `GET /clusters/:id/decisions?policy_role=candidate`. It learns from the recorded history first. A new candidate replaces the one before.',
  })
  @ApiOkResponse({ type: CandidateDto })
  @ApiBadRequestResponse({ type: ErrorDto, description: 'all wrong fields, and why' })
  async set(
    @CurrentCaller() caller: Caller,
    @ClusterId() id: string,
    @Body() body: SetCandidateDto,
  ): Promise<CandidateDto> {
    return candidateToDto(await this.candidates.set(caller, id, body));
  }

  @Post('adopt')
  @HttpCode(200)
  @Operators()
  @ApiOperation({
    operationId: 'adoptCandidate',
    summary: 'Make the candidate the acting policy, with all that it has learned',
    description: 'It replaces the acting policy and decides from the next tick on.',
  })
  @ApiOkResponse({ type: ClusterDto })
  async adopt(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<ClusterDto> {
    return clusterToDto(await this.candidates.adopt(caller, id));
  }

  @Delete()
  @HttpCode(204)
  @Operators()
  @ApiOperation({
    operationId: 'deleteCandidate',
    summary: 'End the trial; its decisions are kept',
    description: 'The acting policy is not affected. Servers stay as they are.',
  })
  @ApiNoContentResponse()
  async remove(@CurrentCaller() caller: Caller, @ClusterId() id: string): Promise<void> {
    await this.candidates.remove(caller, id);
  }
}
