import { fitOf, type MemoryFit, memoryLoad, type MemoryLine } from '../demand/memory-line.js';
import type { ThresholdPolicy } from '../types.js';
import type { Found } from './threshold.sentences.js';

/** A trend needs at least this many points. */
const LEAST_POINTS = 3;

/** A value at a time (milliseconds). */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** The cluster as the rules see it: as observed, or with another number of servers under the same demand. */
export interface View {
  /** Servers that take load. */
  readonly servers: number;
  /** Mean CPU, percent. */
  readonly cpu: number;
  /** Mean memory, percent; `null` if unknown. */
  readonly memory: number | null;
  /** Recent demand: CPU percent summed over the servers, so that a changed count does not affect it. Oldest first. */
  readonly demand: readonly Point[];
  readonly fit: MemoryFit | null;
}

/** Shares of servers with an unknown metric; they count as full, because silence is no reason for a removal. */
export interface Silence {
  readonly cpu: number;
  readonly memory: number;
}

/** All servers report. */
export const HEARD: Silence = { cpu: 0, memory: 0 };

/** What the rules find. */
export interface Finding {
  readonly load: 'emergency' | 'spike' | 'high' | 'low' | 'normal';
  readonly found: Found;
}

/** Memory as a function of load; `null` without any observation. */
export function fitFrom(line: MemoryLine): MemoryFit | null {
  return line.looks > 0 ? fitOf(line) : null;
}

/** Applies the rules to a view. Trend and spike use demand divided by the view's servers. */
export function find(policy: ThresholdPolicy, view: View, silence: Silence, now: number): Finding {
  const { cpu, memory, servers, demand } = view;
  const seen = { cpu: round(cpu), memory: memory === null ? null : round(memory) };
  if (cpu >= policy.emergency || (memory ?? 0) >= policy.emergency) {
    return { load: 'emergency', found: { found: 'emergency', ...seen, threshold: policy.emergency } };
  }
  const rise = cpu - lowestWithin(demand, now - policy.spikeWindowMs) / servers;
  if (policy.spikeWindowMs > 0 && rise >= policy.spikePoints) {
    const found = { found: 'spike', cpu: seen.cpu, rise: round(rise), window_ms: policy.spikeWindowMs } as const;
    return { load: 'spike', found };
  }
  const high = { cpu_threshold: policy.cpuHigh, memory_threshold: policy.memoryHigh };
  if (cpu > policy.cpuHigh || (memory ?? 0) > policy.memoryHigh) {
    return { load: 'high', found: { found: 'above', ...seen, ...high } };
  }
  const projected = policy.trendWindowMs > 0 ? projectedValue(demand, now + policy.trendWindowMs) : null;
  if (projected !== null && projected / servers > policy.cpuHigh && cpu > policy.cpuLow) {
    const rising = { cpu: seen.cpu, cpu_threshold: policy.cpuHigh, window_ms: policy.trendWindowMs };
    return { load: 'high', found: { found: 'rising', ...rising } };
  }
  return findLow(policy, view, silence, seen);
}

/** Only memory caused by load blocks a removal: the rest does not depend on the count. */
function findLow(
  policy: ThresholdPolicy,
  { cpu, memory, fit }: View,
  silence: Silence,
  seen: { readonly cpu: number; readonly memory: number | null },
): Finding {
  const normal: Finding = { load: 'normal', found: { found: 'between', ...seen } };
  if (cautious(cpu, silence.cpu) >= policy.cpuLow) return normal;
  const low = { cpu_threshold: policy.cpuLow, memory_threshold: policy.memoryLow };
  if (memory === null) {
    // Without any reading so far, the cluster does not report memory.
    return fit === null
      ? { load: 'low', found: { found: 'below', ...seen, ...low } }
      : { load: 'normal', found: { found: 'memory_unknown', cpu: seen.cpu } };
  }
  if (cautious(memory, silence.memory) < policy.memoryLow) {
    return { load: 'low', found: { found: 'below', ...seen, ...low } };
  }
  const fromLoad = fit === null ? memory : 100 * memoryLoad(fit, cpu / 100, memory / 100);
  if (cautious(fromLoad, silence.memory) >= policy.memoryLow) return normal;
  const found = {
    found: 'cpu_below',
    cpu: seen.cpu,
    memory: round(memory),
    cpu_threshold: policy.cpuLow,
    memory_from_load: fit !== null && followsLoad(fit) ? round(fromLoad) : null,
  } as const;
  return { load: 'low', found };
}

function cautious(mean: number, silent: number): number {
  return mean * (1 - silent) + 100 * silent;
}

/** The view with another number of servers: CPU scales inversely, memory by the part that follows load. */
export function withServers(view: View, servers: number): View {
  const share = view.cpu * view.servers;
  const cpu = share === 0 ? 0 : share / servers;
  const { fit, memory } = view;
  const moved = fit === null || memory === null ? memory : projectedMemory(fit, memory, (cpu - view.cpu) / 100);
  return { ...view, servers, cpu, memory: moved };
}

/** @param more additional CPU share */
function projectedMemory(fit: MemoryFit, memory: number, more: number): number {
  return followsLoad(fit) ? memory + 100 * fit.slope * more : memory;
}

/** Whether load takes any memory, by what was learned. */
function followsLoad(fit: MemoryFit): boolean {
  return memoryLoad(fit, 1, 1) > 0;
}

/** Whether the rules would add servers, at once or after the sustained time. */
export function asksForMore({ load }: Finding): boolean {
  return load === 'emergency' || load === 'spike' || load === 'high';
}

function lowestWithin(points: readonly Point[], since: number): number {
  return points.reduce(
    (lowest, { at, value }) => (at >= since ? Math.min(lowest, value) : lowest),
    Number.POSITIVE_INFINITY,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/**
 * Value at a later time of the least-squares line through the points.
 *
 * @returns `null` for fewer than three points, or points at one time
 */
function projectedValue(points: readonly Point[], at: number): number | null {
  if (points.length < LEAST_POINTS) return null;
  const meanAt = points.reduce((sum, point) => sum + point.at, 0) / points.length;
  const meanValue = points.reduce((sum, point) => sum + point.value, 0) / points.length;
  let covariance = 0;
  let variance = 0;
  for (const point of points) {
    covariance += (point.at - meanAt) * (point.value - meanValue);
    variance += (point.at - meanAt) ** 2;
  }
  return variance === 0 ? null : meanValue + (covariance / variance) * (at - meanAt);
}

/** Whether a value read from JSON is a point. */
export function isPoint(value: unknown): value is Point {
  const { at, value: height } = (value ?? {}) as { at?: unknown; value?: unknown };
  return Number.isFinite(at) && Number.isFinite(height);
}
