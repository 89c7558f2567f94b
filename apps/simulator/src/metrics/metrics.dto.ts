import type { ServerReading, SimulatedCluster } from '#world';

/** Metrics of an active server: CPU and memory in percent, request load in requests per second. */
export function usageDto({ cpu, memory, requestLoad }: ServerReading) {
  return { cpu_usage: hundredths(cpu), memory_usage: hundredths(memory), request_load: hundredths(requestLoad) };
}

/** Requests per second offered to the whole cluster, even without servers. */
export function totalsDto(cluster: SimulatedCluster) {
  return { request_rate: hundredths(cluster.offeredLoad) };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
