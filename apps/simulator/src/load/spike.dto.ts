import { IsOptional, IsString } from 'class-validator';
import { type Spike, spikeEndsAt, type SpikeRequest } from '#world';
import type { Cloud } from '../cloud/cloud.js';
import { invalid } from '../http/errors.js';
import { InRange } from '../http/in-range.js';
import { durationMs } from '../time/durations.js';
import { IsDuration } from '../time/is-duration.js';

const DAY_MS = 86_400_000;

/** `POST /spike`. Durations are real time, regardless of the speed. */
export class SpikeDto {
  @IsString()
  cluster_id!: string;

  /** CPU percent that the currently active servers would reach; above 100 requests are dropped. */
  @InRange(1, 10_000)
  cpu_target!: number;

  /** From the start to the beginning of the ramp down. */
  @IsDuration(30 * DAY_MS)
  duration!: number | string;

  /** From zero to the full spike, within `duration`. */
  @IsOptional()
  @IsDuration(30 * DAY_MS)
  ramp_up?: number | string;

  /** From the full spike to zero, after `duration`. */
  @IsOptional()
  @IsDuration(30 * DAY_MS)
  ramp_down?: number | string;
}

/** @throws {AppError} 400 if the ramp is longer than the spike */
export function spikeRequestFrom(dto: SpikeDto, cloud: Cloud): SpikeRequest {
  const [duration, rampUp, rampDown] = [dto.duration, dto.ramp_up ?? 0, dto.ramp_down ?? 0].map((it) =>
    durationMs(it)!,
  );
  if (rampUp! > duration!) {
    throw invalid({ field: 'ramp_up', error: 'ramp_up must not be longer than duration' });
  }
  return {
    cpuTarget: dto.cpu_target,
    durationMs: cloud.virtual(duration!),
    rampUpMs: cloud.virtual(rampUp!),
    rampDownMs: cloud.virtual(rampDown!),
  };
}

/** A spike in the wire format; times are real. */
export function spikeDto(spike: Spike, cloud: Cloud) {
  return {
    starts_at: new Date(cloud.realTimeOf(spike.startAt)).toISOString(),
    ends_at: new Date(cloud.realTimeOf(spikeEndsAt(spike))).toISOString(),
    peak_load: Math.round(spike.peakLoad * 100) / 100,
  };
}
