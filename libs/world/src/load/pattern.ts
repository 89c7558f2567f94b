import { noiseOf } from '../random.js';
import { type Trace, traceLengthMs, traceValueAt } from './trace.js';

/** Shapes of offered load around a cluster's base load. All but `trace` are factors of the base load. */
export type LoadPattern =
  SteadyPattern | DailyPattern | WeeklyPattern | RandomPattern | GradualRisePattern | SineWavePattern | TracePattern;

export type PatternKind = LoadPattern['kind'];

export const PATTERN_KINDS = [
  'steady',
  'daily',
  'weekly',
  'random',
  'gradual_rise',
  'sine_wave',
  'trace',
] as const satisfies readonly PatternKind[];

/** The base load, constantly. */
export interface SteadyPattern {
  readonly kind: 'steady';
}

/**
 * Highest at `peakHour` (UTC hour of the day, 0 to 24), lowest half a day later; the mean of a day is the base load.
 */
export interface DailyPattern {
  readonly kind: 'daily';
  /** Share of the base load, 0 to 1. */
  readonly amplitude: number;
  readonly peakHour: number;
}

/** `daily`, with Saturdays and Sundays (UTC) at `weekend` times a weekday; the mean of a week is the base load. */
export interface WeeklyPattern {
  readonly kind: 'weekly';
  readonly amplitude: number;
  readonly peakHour: number;
  /** Load of a weekend day as a share of a weekday's, 0 or more. */
  readonly weekend: number;
}

/** Varies smoothly within `amplitude` of the base load; about `periodMs` between two turns. */
export interface RandomPattern {
  readonly kind: 'random';
  readonly amplitude: number;
  readonly periodMs: number;
}

/** Rises linearly from the base load to `factor` times the base load over `periodMs`, and stays there. */
export interface GradualRisePattern {
  readonly kind: 'gradual_rise';
  readonly factor: number;
  readonly periodMs: number;
}

/** Starts at the base load and rises first. */
export interface SineWavePattern {
  readonly kind: 'sine_wave';
  readonly amplitude: number;
  readonly periodMs: number;
}

/** Replays a trace from `offsetMs` after its start in a loop. */
export interface TracePattern {
  readonly kind: 'trace';
  readonly trace: Trace;
  /** Requests per second for a trace value of 1. */
  readonly scale: number;
  readonly offsetMs: number;
}

/** Parameters of playing a pattern: base load, start and noise. */
export interface PatternSetting {
  /** Requests per second. */
  readonly baseLoad: number;
  /** Start of relative patterns (sine wave, rise, trace). */
  readonly since: number;
  /** Speed relative to virtual time: 24 compresses a day into an hour. */
  readonly compression: number;
  /** Half-width of the uniform second-to-second noise as a share of the load, 0 to 1. */
  readonly noise: number;
  readonly seed: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Noise keeps its value for this long. */
const NOISE_CELL_MS = 1000;
/** Weekdays blend into weekends over this time around midnight. */
const WEEKEND_BLEND_MS = 2 * HOUR_MS;
/** 1 January 1970 was a Thursday, day 4 of a week that starts on Sunday. */
const WEEKDAY_OF_EPOCH = 4;

/** Requests per second of the pattern at `at`; depends only on its arguments. */
export function patternLoadAt(pattern: LoadPattern, setting: PatternSetting, at: number): number {
  const load = meanLoadAt(pattern, setting, at);
  if (setting.noise === 0) return load;
  return load * (1 + setting.noise * noiseOf(setting.seed, 1, Math.floor(at / NOISE_CELL_MS)));
}

function meanLoadAt(pattern: LoadPattern, setting: PatternSetting, now: number): number {
  const { baseLoad, since, seed } = setting;
  const at = since + (now - since) * setting.compression;
  switch (pattern.kind) {
    case 'steady':
      return baseLoad;
    case 'daily':
      return baseLoad * dailyFactor(pattern, at);
    case 'weekly':
      return baseLoad * dailyFactor(pattern, at) * weeklyFactor(pattern.weekend, at);
    case 'random':
      return baseLoad * (1 + pattern.amplitude * wander(seed, at / pattern.periodMs));
    case 'gradual_rise':
      return baseLoad * (1 + (pattern.factor - 1) * clamp((at - since) / pattern.periodMs, 0, 1));
    case 'sine_wave':
      return baseLoad * (1 + pattern.amplitude * Math.sin((2 * Math.PI * (at - since)) / pattern.periodMs));
    case 'trace': {
      const played = pattern.offsetMs + at - since;
      return (
        pattern.scale *
        traceValueAt(pattern.trace, pattern.trace.times[0]! + modulo(played, traceLengthMs(pattern.trace)))
      );
    }
  }
}

function dailyFactor(pattern: DailyPattern | WeeklyPattern, at: number): number {
  return 1 + pattern.amplitude * Math.cos((2 * Math.PI * (at - pattern.peakHour * HOUR_MS)) / DAY_MS);
}

function weeklyFactor(weekend: number, at: number): number {
  const day = Math.floor(at / DAY_MS);
  const sinceMidnight = at - day * DAY_MS;
  const half = WEEKEND_BLEND_MS / 2;
  const today = isWeekend(day) ? weekend : 1;
  let factor = today;
  if (sinceMidnight < half) {
    factor = blend(isWeekend(day - 1) ? weekend : 1, today, 0.5 + sinceMidnight / WEEKEND_BLEND_MS);
  } else if (sinceMidnight > DAY_MS - half) {
    factor = blend(today, isWeekend(day + 1) ? weekend : 1, (sinceMidnight - (DAY_MS - half)) / WEEKEND_BLEND_MS);
  }
  return (factor * 7) / (5 + 2 * weekend);
}

function isWeekend(day: number): boolean {
  const weekday = modulo(day + WEEKDAY_OF_EPOCH, 7);
  return weekday === 0 || weekday === 6;
}

/** Smooth noise within [-1, 1]: half of it slow, half of it three times as fast. */
function wander(seed: number, position: number): number {
  return 0.5 * smoothNoise(seed, 2, position) + 0.5 * smoothNoise(seed, 3, position * 3);
}

function smoothNoise(seed: number, thing: number, position: number): number {
  const cell = Math.floor(position);
  const share = position - cell;
  const eased = share * share * (3 - 2 * share);
  return blend(noiseOf(seed, thing, cell), noiseOf(seed, thing, cell + 1), eased);
}

function blend(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
