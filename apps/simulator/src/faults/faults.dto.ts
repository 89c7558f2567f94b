import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { invalid } from '../http/errors.js';
import { InRange, WholeInRange } from '../http/in-range.js';
import { durationMs } from '../time/durations.js';
import { IsDuration } from '../time/is-duration.js';
import type { Fault, FaultEffects } from './faults.service.js';

const DAY_MS = 86_400_000;

/** `POST /faults`: what shall go wrong. Durations are real time. */
export class FaultDto {
  /** Default: every cluster. */
  @IsOptional()
  @IsString()
  cluster_id?: string;

  /** Every answer is delayed by this. */
  @IsOptional()
  @IsDuration(600_000)
  latency?: number | string;

  /** Share of the requests that are answered with status 500. */
  @IsOptional()
  @InRange(0, 1)
  errors?: number;

  /** Requests are accepted and never answered. */
  @IsOptional()
  @IsBoolean()
  hang?: boolean;

  /** So many active servers of the cluster (of each cluster) end at once; happens once, now. */
  @IsOptional()
  @WholeInRange(1, 10_000)
  crash_servers?: number;

  /** Requests for more servers are refused with status 409. */
  @IsOptional()
  @IsBoolean()
  refuse_scale_up?: boolean;

  /** Only this share of the new servers that are asked for is given, rounded down. */
  @IsOptional()
  @InRange(0, 1)
  partial_scale_up?: number;

  /** How long the fault lasts. Default: until it is deleted. */
  @IsOptional()
  @IsDuration(30 * DAY_MS)
  duration?: number | string;
}

/**
 * The lasting effects that the request describes; `null` when it only crashes servers.
 * @throws {AppError} 400 when the request describes nothing
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

/** A fault as it is shown. */
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
