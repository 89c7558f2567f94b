import { type Trace, traceLengthMs, traceValueAt } from '../load/trace.js';

/**
 * Demand by tick, in servers: interpolated if the trace is coarser than a tick, averaged if it is finer, and scaled so
 * that its 99th percentile (of the ticks of this run, nearest rank) needs `peakServers` at 100 %.
 *
 * @param tickSeconds length of a tick (> 0)
 * @param days maximum length of the run; the rest of the trace is ignored, also for the percentile
 */
export function demandOf(
  trace: Trace,
  options: { readonly tickSeconds: number; readonly peakServers: number; readonly days: number },
): Float64Array {
  const { tickSeconds, peakServers, days } = options;
  const demand = ticksOf(trace, tickSeconds, days);
  const sorted = demand.toSorted();
  const peak = sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)]!;
  // A 99th percentile of zero means that peaks are in the last percent only: scale by the maximum.
  const base = peak > 0 ? peak : (sorted.at(-1) ?? 0);
  return base > 0 ? demand.map((value) => (value / base) * peakServers) : demand;
}

/** Number of ticks that `ticksOf` returns: the last point lasts for the median step. */
export function tickCount(trace: Trace, tickSeconds: number, days: number): number {
  const length = Math.min(days * 86_400_000, traceLengthMs(trace));
  return Math.max(1, Math.floor(length / (tickSeconds * 1000) + 1e-9));
}

/** The trace by tick, in its own unit. */
export function ticksOf(trace: Trace, tickSeconds: number, days: number): Float64Array {
  const { times, values, stepMs } = trace;
  const start = times[0]!;
  const tickMs = tickSeconds * 1000;
  const ticks = new Float64Array(tickCount(trace, tickSeconds, days));
  const finer = stepMs < tickMs;
  let index = 0;
  for (let tick = 0; tick < ticks.length; tick++) {
    const at = start + tick * tickMs;
    if (!finer) {
      ticks[tick] = traceValueAt(trace, at);
      continue;
    }
    let sum = 0;
    let count = 0;
    while (index < times.length && times[index]! < at + tickMs) {
      sum += values[index++]!;
      count++;
    }
    ticks[tick] = count > 0 ? sum / count : traceValueAt(trace, at);
  }
  return ticks;
}
