import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { invalid } from '../http/errors.js';
import { InRange, WholeInRange } from '../http/in-range.js';
import { durationMs } from '../time/durations.js';
import { IsDuration } from '../time/is-duration.js';
import type { Fault, FaultEffects } from './faults.service.js';

const DAY_MS = 86_400_000;

/** `POST /faults`: faults to inject. Durations are real time. */
export class FaultDto {
  /** Default: all clusters. */
  @IsOptional()
  @IsString()
  cluster_id?: string;

  /** Delay of every answer. */
  @IsOptional()
  @IsDuration(600_000)
  latency?: number | string;

  /** Share of the requests answered with status 500. */
  @IsOptional()
  @InRange(0, 1)
  errors?: number;

  /** Requests are accepted and never answered. */
  @IsOptional()
  @IsBoolean()
  hang?: boolean;

  /** Active servers of the cluster (of each cluster) to terminate at once, a single time. */
  @IsOptional()
  @WholeInRange(1, 10_000)
  crash_servers?: number;

  /** Requests for more servers are refused with status 409. */
  @IsOptional()
  @IsBoolean()
  refuse_scale_up?: boolean;

  /** Share of the requested new servers that is granted, rounded down. */
  @IsOptional()
  @InRange(0, 1)
  partial_scale_up?: number;

  /** Duration of the fault. Default: until it is deleted. */
  @IsOptional()
  @IsDuration(30 * DAY_MS)
  duration?: number | string;
}

/**
 * The lasting effects of the request; `null` if it only crashes servers.
 * @throws {AppError} 400 if the request has no effect
 */
export function effectsFrom(dto: FaultDto): FaultEffects | null {
  const effects: FaultEffects = {
    latencyMs: durationMs(dto.latency) ?? 0,
    errors: dto.errors ?? 0,
    hang: dto.hang ?? false,
    refuseScaleUp: dto.refuse_scale_up ?? false,
    partialScaleUp: dto.partial_scale_up ?? null,
  };
  const { latencyMs, errors, hang, refuseScaleUp, partialScaleUp } = effects;
  if (latencyMs > 0 || errors > 0 || hang || refuseScaleUp || partialScaleUp !== null) return effects;
  if (dto.crash_servers !== undefined) return null;
  const error = 'name at least one of latency, errors, hang, crash_servers, refuse_scale_up, partial_scale_up';
  throw invalid({ field: 'latency', error });
}

/** A fault in the wire format. */
export function faultDto({ id, clusterId, effects, since, until }: Fault) {
  return {
    id,
    cluster_id: clusterId,
    latency: `${effects.latencyMs}ms`,
    errors: effects.errors,
    hang: effects.hang,
    refuse_scale_up: effects.refuseScaleUp,
    partial_scale_up: effects.partialScaleUp,
    since: new Date(since).toISOString(),
    until: until === null ? null : new Date(until).toISOString(),
  };
}
