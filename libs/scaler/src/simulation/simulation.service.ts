import { Inject, Injectable } from '@nestjs/common';
import { actorOf, AuditService } from '#auth';
import type { Caller, Principal } from '#auth';
import { ClustersService } from '#clusters';
import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import { AppError, BadRequestError, ConflictError, type ErrorDetail, NotFoundError, UnavailableError } from '#http';
import {
  countServers,
  ProviderError,
  type Simulated,
  type SimulatorAnswer,
  SimulatorControl,
  writtenHalf,
} from '#providers';
import type {
  KilledServersDto,
  KillServersRequest,
  PatternRequest,
  SimulationDto,
  SpikeDto,
  SpikeRequest,
} from './simulation.dto.js';

/** The simulator's description of a cluster, in its wire format (docs/simulator.md). */
type Described = Omit<SimulationDto, 'cluster_id' | 'active' | 'provisioning'> & {
  readonly servers: Parameters<typeof countServers>[0];
};

/** Changes load and failures of simulated clusters on behalf of users. Independent of scaling and ticks. */
@Injectable()
export class SimulationService {
  constructor(
    @Inject(ClustersService) private readonly clusters: Pick<ClustersService, 'get'>,
    private readonly simulators: SimulatorControl,
    private readonly audit: AuditService,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'scaler'>,
  ) {}

  async get(principal: Principal, clusterId: string): Promise<SimulationDto> {
    const simulated = await this.simulated(principal, clusterId);
    const path = `/clusters/${encodeURIComponent(simulated.name)}`;
    return toSimulation(clusterId, (await this.ask(simulated, path)) as Described);
  }

  async spike(caller: Caller, clusterId: string, request: SpikeRequest): Promise<SpikeDto> {
    const answer = await this.change(caller, clusterId, 'spike', '/spike', request);
    const { starts_at, ends_at, peak_load } = answer as SpikeDto;
    return { starts_at, ends_at, peak_load };
  }

  async pattern(caller: Caller, clusterId: string, request: PatternRequest): Promise<SimulationDto> {
    return toSimulation(clusterId, (await this.change(caller, clusterId, 'pattern', '/pattern', request)) as Described);
  }

  async killServers(caller: Caller, clusterId: string, { count }: KillServersRequest): Promise<KilledServersDto> {
    const answer = await this.change(caller, clusterId, 'kill_servers', '/faults', { crash_servers: count });
    const { crashed_servers: servers } = answer as { crashed_servers: readonly string[] };
    return { servers, count: servers.length };
  }

  private async change(
    caller: Caller,
    clusterId: string,
    verb: 'spike' | 'pattern' | 'kill_servers',
    path: string,
    request: object,
  ): Promise<unknown> {
    const simulated = await this.simulated(caller, clusterId);
    const answer = await this.ask(simulated, path, { ...request, cluster_id: simulated.name });
    await this.audit.record({
      ...actorOf(caller),
      action: `simulation.${verb}`,
      outcome: 'success',
      targetType: 'cluster',
      targetId: clusterId,
      after: request,
    });
    return answer;
  }

  private async simulated(principal: Principal, clusterId: string): Promise<Simulated> {
    const cluster = await this.clusters.get(principal, clusterId);
    // That simulated cluster belongs to another cluster.
    if (cluster.conflictsWith !== null)
      throw new ConflictError('target_taken', cluster.statusReason ?? 'another cluster already scales these servers');
    const simulated = this.simulators.find(cluster);
    if (simulated !== null) return simulated;
    const { type } = writtenHalf(cluster.provider, 'target');
    throw new ConflictError('not_simulated', `the cluster is not simulated: its provider is ${type}`);
  }

  /** @param json body; with it the request is a POST */
  private async ask(simulated: Simulated, path: string, json?: object): Promise<unknown> {
    const signal = AbortSignal.timeout(this.config.scaler.timeout);
    let answer: SimulatorAnswer;
    try {
      answer = await this.simulators.send(
        simulated,
        path,
        json === undefined ? { signal } : { method: 'POST', json, signal },
      );
    } catch (error) {
      if (error instanceof ProviderError) throw new UnavailableError('simulator_unreachable', error.message);
      throw error;
    }
    if (answer.status < 300) return answer.body;
    throw refusalOf(answer);
  }
}

/** The simulator's errors have our format; its field names match those of the forwarded request. */
function refusalOf(answer: SimulatorAnswer): AppError {
  const { error, details } = (answer.body ?? {}) as { error?: string; details?: readonly ErrorDetail[] };
  const message = `the simulator returned HTTP ${answer.status}: ${error ?? 'no reason given'}`;
  if (answer.status === 404) return new NotFoundError('not_at_simulator', message);
  if (answer.status >= 500) return new UnavailableError('simulator_failed', message);
  return new BadRequestError('simulator_refused', message, details);
}

function toSimulation(clusterId: string, described: Described): SimulationDto {
  const { pattern, pattern_parameters, spikes, load, requests, capacity } = described;
  const { active, provisioning } = countServers(described.servers);
  return {
    cluster_id: clusterId,
    pattern,
    pattern_parameters,
    spikes,
    load,
    requests,
    capacity,
    active,
    provisioning,
  };
}
