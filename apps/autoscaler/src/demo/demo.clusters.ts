/** A cluster of the demo as in `POST /clusters`, and its load in the simulator. */
export interface DemoCluster {
  readonly definition: {
    readonly name: string;
    readonly min_servers: number;
    readonly max_servers: number;
    readonly policy: object;
    readonly config: object;
    readonly provider: object;
  };
  readonly pattern: object;
}

/**
 * A day in twenty minutes at the speed that `npm start` gives the simulator (60): short enough to watch, and long enough
 * for a past that is recorded by the minute. Twenty minutes divide a day, so that the load repeats every day.
 */
const COMPRESSION = 1.2;

/** Quarters of a day; a trace starts at the mean, so that the load does not jump while there are few servers. */
const HOURS = Array.from({ length: 96 }, (_, quarter) => quarter / 4);
const SECONDS_AN_HOUR = 3600;

function daily(hour: number, amplitude: number): number {
  return 1 + amplitude * Math.sin((hour / 24) * 2 * Math.PI);
}

/** A sale of half an hour, every two hours: there is something to see within any minute. */
function sale(hour: number): number {
  const since = hour % 2;
  return since >= 0.5 && since <= 1 ? 0.8 : 0;
}

/** Short times, because a day takes twenty minutes. The pasts are played in this order. */
export const DEMO_CLUSTERS: readonly DemoCluster[] = [
  {
    definition: {
      name: 'checkout',
      min_servers: 2,
      max_servers: 40,
      policy: { slo: { violations: '1%', max_utilization: '90%' } },
      config: { interval: '1s' },
      provider: { type: 'simulator', simulated: { servers: 10, base_cpu: 60, base_memory: 40, variance: 3 } },
    },
    pattern: {
      pattern: 'trace',
      points: HOURS.map((hour) => [SECONDS_AN_HOUR * hour, daily(hour, 0.45)]),
      compression: COMPRESSION,
    },
  },
  {
    definition: {
      name: 'model-serving',
      min_servers: 2,
      max_servers: 60,
      policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '6s' } },
      config: { interval: '1s' },
      provider: { type: 'simulator', simulated: { servers: 12, base_cpu: 55, base_memory: 40, variance: 3 } },
    },
    // Two weeks of requests to a language model service, from their middle on: at their end the load jumps to their start.
    pattern: { pattern: 'trace', trace: 'servegen_msmall_10min', offset: '168h', compression: COMPRESSION },
  },
  {
    definition: {
      name: 'web-shop',
      min_servers: 2,
      max_servers: 30,
      policy: {
        threshold: {
          cpu_high: 70,
          cpu_low: 45,
          memory_high: 90,
          memory_low: 85,
          sustained_high: '1s',
          sustained_low: '2s',
          trend_window: '0s',
          spike_window: '3s',
          cooldown_up: '3s',
          cooldown_down: '4s',
        },
      },
      config: { interval: '1s' },
      provider: { type: 'simulator', simulated: { servers: 8, base_cpu: 55, base_memory: 40, variance: 4 } },
    },
    pattern: {
      pattern: 'trace',
      points: HOURS.map((hour) => [SECONDS_AN_HOUR * hour, daily(hour, 0.4) + sale(hour)]),
      compression: COMPRESSION,
    },
  },
];
