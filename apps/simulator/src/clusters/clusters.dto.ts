import { IsIn, IsInt, IsOptional, IsString, Matches } from 'class-validator';
import {
  type ClusterSpec,
  type ClusterTuning,
  PATTERN_KINDS,
  type PatternKind,
  seedOf,
  type ServerRecord,
  type SimulatedCluster,
} from '#world';
import type { Cloud } from '../cloud/cloud.js';
import { InRange, WholeInRange } from '../http/in-range.js';
import { totalsDto, usageDto } from '../metrics/metrics.dto.js';
import { patternParameters } from '../load/pattern.dto.js';
import { spikeDto } from '../load/spike.dto.js';
import type { SimulatorOptions } from '../options.js';
import { durationDraw, durationMs } from '../time/durations.js';
import { IsDuration, IsDurationDraw } from '../time/is-duration.js';

export const MAX_SERVERS = 10_000;
const YEAR_MS = 365 * 86_400_000;
/** Terminated servers are listed for this long, real time. */
const TERMINATED_SHOWN_MS = 60_000;

export const CLUSTER_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
export const CLUSTER_ID_FORM = 'id must be 1 to 128 letters, digits and _ . : -, beginning with a letter or digit';

/** `POST /clusters/:id`; omitted fields get their defaults. */
export class CreateClusterDto {
  /** May also be in the path. */
  @IsOptional()
  @IsString()
  @Matches(CLUSTER_ID, { message: CLUSTER_ID_FORM })
  id?: string;

  /** Initial servers, active at once. */
  @IsOptional()
  @WholeInRange(1, MAX_SERVERS)
  servers?: number;

  /** Mean CPU percent of the initial servers under the base load. */
  @IsOptional()
  @InRange(0, 1000)
  base_cpu?: number;

  /** Memory percent of a server under the base load. */
  @IsOptional()
  @InRange(0, 100)
  base_memory?: number;

  /** Percentage points by which servers differ. */
  @IsOptional()
  @InRange(0, 100)
  variance?: number;

  /** Requests per second of a server at 100 % CPU. */
  @IsOptional()
  @InRange(0.001, 1e6)
  capacity?: number;

  /** Second-to-second noise of the load as a share of it. */
  @IsOptional()
  @InRange(0, 1)
  noise?: number;

  @IsOptional()
  @IsInt()
  seed?: number;

  @IsOptional()
  @IsIn(PATTERN_KINDS.filter((kind) => kind !== 'trace'), {
    message:
      'pattern must be one of steady, daily, weekly, random, gradual_rise, sine_wave; POST /pattern sets a trace',
  })
  pattern?: Exclude<PatternKind, 'trace'>;

  /** Virtual time from the request of a server to its being active. */
  @IsOptional()
  @IsDurationDraw()
  provisioning?: string;

  /** Virtual time from the removal of a server to its end. */
  @IsOptional()
  @IsDurationDraw()
  draining?: string;

  /** Mean virtual time from becoming active to a spontaneous failure. Default: never. */
  @IsOptional()
  @IsDuration(10 * YEAR_MS)
  fails_every?: number | string;
}

/** `GET /clusters/:id`. */
export class ReadClusterQuery {
  /** `true`: includes the answer of `GET /metrics/:id` at the same time, so that one request is enough. */
  @IsOptional()
  @IsIn(['true', 'false'])
  metrics?: 'true' | 'false';
}

/** `PUT /clusters/:id`: one way of setting the number of servers, or other base values. */
export class UpdateClusterDto {
  /** Desired number of active and provisioning servers. Idempotent. */
  @IsOptional()
  @WholeInRange(0, MAX_SERVERS)
  desired_servers?: number;

  /** Additional servers beyond active and provisioning ones. */
  @IsOptional()
  @WholeInRange(0, MAX_SERVERS)
  add_servers?: number;

  /** Servers to remove, the newest first. */
  @IsOptional()
  @WholeInRange(0, MAX_SERVERS)
  remove_servers?: number;

  @IsOptional()
  @InRange(0, 1000)
  base_cpu?: number;

  @IsOptional()
  @InRange(0, 100)
  base_memory?: number;

  @IsOptional()
  @InRange(0, 100)
  variance?: number;
}

/** The spec of the request, with defaults. */
export function specFrom(id: string, dto: CreateClusterDto, options: SimulatorOptions): ClusterSpec {
  const failsEvery = durationMs(dto.fails_every);
  return {
    id,
    servers: dto.servers ?? 3,
    baseCpu: dto.base_cpu ?? 50,
    baseMemory: dto.base_memory ?? 40,
    variance: dto.variance ?? 5,
    capacity: dto.capacity ?? 100,
    noise: dto.noise ?? 0.02,
    seed: dto.seed ?? seedOf(id, options.seed),
    provisioning: durationDraw(dto.provisioning) ?? options.provisioning,
    draining: durationDraw(dto.draining) ?? options.draining,
    failure: failsEvery === null ? null : { kind: 'exponential', meanMs: failsEvery },
  };
}

/** Fields of the request that differ from the existing cluster's. */
export function differences(dto: CreateClusterDto, cluster: SimulatedCluster, options: SimulatorOptions): string[] {
  const wanted = specFrom(cluster.spec.id, dto, options);
  const same: Record<Exclude<keyof CreateClusterDto, 'id'>, boolean> = {
    servers: wanted.servers === cluster.spec.servers,
    base_cpu: wanted.baseCpu === cluster.spec.baseCpu,
    base_memory: wanted.baseMemory === cluster.spec.baseMemory,
    variance: wanted.variance === cluster.spec.variance,
    capacity: wanted.capacity === cluster.spec.capacity,
    noise: wanted.noise === cluster.spec.noise,
    seed: wanted.seed === cluster.spec.seed,
    pattern: dto.pattern === cluster.pattern.kind,
    provisioning: JSON.stringify(wanted.provisioning) === JSON.stringify(cluster.spec.provisioning),
    draining: JSON.stringify(wanted.draining) === JSON.stringify(cluster.spec.draining),
    fails_every: JSON.stringify(wanted.failure) === JSON.stringify(cluster.spec.failure),
  };
  return Object.entries(same).flatMap(([field, equal]) =>
    dto[field as keyof CreateClusterDto] === undefined || equal ? [] : [field],
  );
}

export function tuningFrom(dto: UpdateClusterDto): ClusterTuning {
  return {
    ...(dto.base_cpu !== undefined && { baseCpu: dto.base_cpu }),
    ...(dto.base_memory !== undefined && { baseMemory: dto.base_memory }),
    ...(dto.variance !== undefined && { variance: dto.variance }),
  };
}

/** Base load in requests per second. */
export function baseLoadOf({ servers, capacity, baseCpu }: ClusterSpec): number {
  return (servers * capacity * baseCpu) / 100;
}

/** A cluster as listed by `GET /clusters`. */
export function clusterSummaryDto(cluster: SimulatedCluster) {
  return { id: cluster.spec.id, desired_servers: cluster.desired, ...cluster.counts, pattern: cluster.pattern.kind };
}

/** A cluster with its servers. Times are real, rates requests per second. */
export function clusterDto(cluster: SimulatedCluster, cloud: Cloud) {
  const { spec, totals } = cluster;
  const shownSince = cluster.now - cloud.virtual(TERMINATED_SHOWN_MS);
  const ended = cluster.terminated.filter((server) => server.terminatedAt! >= shownSince);
  const written = writeTimes(cloud);
  const offered = cluster.offeredLoad;
  const served = cluster.servedLoad;
  return {
    id: spec.id,
    desired_servers: cluster.desired,
    servers: [...cluster.servers, ...ended].map((server) => serverDto(server, written)),
    base_cpu: spec.baseCpu,
    base_memory: spec.baseMemory,
    variance: spec.variance,
    capacity: spec.capacity,
    noise: spec.noise,
    seed: spec.seed,
    pattern: cluster.pattern.kind,
    pattern_parameters: { ...patternParameters(cluster.pattern), compression: cluster.compression },
    spikes: cluster.activeSpikes.map((spike) => spikeDto(spike, cloud)),
    load: { offered: round(offered), served: round(served), dropped: round(offered - served) },
    requests: { offered: round(totals.offered), served: round(totals.served), dropped: round(totals.dropped) },
  };
}

/** A cluster with the metrics of its active servers at the same time, as in `GET /metrics/:id`. */
export function measuredClusterDto(cluster: SimulatedCluster, cloud: Cloud, now: number) {
  const { servers, ...described } = clusterDto(cluster, cloud);
  const usage = new Map(cluster.readings().map((reading) => [reading.serverId, usageDto(reading)]));
  return {
    ...described,
    timestamp: new Date(now).toISOString(),
    servers: servers.map((server) => ({ ...server, ...usage.get(server.server_id) })),
    totals: totalsDto(cluster),
  };
}

function serverDto(server: ServerRecord, written: (virtual: number) => string) {
  return {
    server_id: server.id,
    state: server.state,
    created_at: written(server.createdAt),
    active_at: server.activeAt === null ? null : written(server.activeAt),
    ...(server.terminatedAt !== null && { terminated_at: written(server.terminatedAt), cause: server.cause }),
  };
}

/** Formats virtual times as real ones, cached: servers that started together share a time, and formatting is slow. */
function writeTimes(cloud: Cloud): (virtual: number) => string {
  const known = new Map<number, string>();
  return (virtual) => {
    let text = known.get(virtual);
    if (text === undefined) {
      text = new Date(cloud.realTimeOf(virtual)).toISOString();
      known.set(virtual, text);
    }
    return text;
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
