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
  /** A recurring spike; `null`: none. */
  readonly spike: {
    readonly everyMs: number;
    readonly cpuTarget: number;
    readonly duration: string;
    readonly rampUp: string;
  } | null;
}

/** A day per minute at the speed that `npm start` gives the simulator (60). */
const COMPRESSION = 24;

/** The service level learns in steps of a minute, so its day takes twenty minutes. */
const SLOW_COMPRESSION = 1.2;
/** Seconds and load. Starts at the mean, so that the load does not jump while there are few servers. */
const SLOW_DAY = Array.from({ length: 25 }, (_, hour) => [3600 * hour, 1 + 0.45 * Math.sin((hour / 24) * 2 * Math.PI)]);

/** Short times, because a day takes a minute. */
export const DEMO_CLUSTERS: readonly DemoCluster[] = [
  {
    definition: {
      name: 'model-serving',
      min_servers: 2,
      max_servers: 60,
      policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '6s' } },
      config: { interval: '1s' },
      provider: { type: 'simulator', simulated: { servers: 12, base_cpu: 55, base_memory: 40, variance: 3 } },
    },
    // Two weeks of requests to a language model service.
    pattern: { pattern: 'trace', trace: 'servegen_msmall_10min', compression: COMPRESSION },
    spike: null,
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
      provider: { type: 'simulator', simulated: { servers: 6, base_cpu: 55, base_memory: 40, variance: 4 } },
    },
    pattern: { pattern: 'daily', amplitude: 0.6, compression: COMPRESSION },
    spike: { everyMs: 45_000, cpuTarget: 95, duration: '10s', rampUp: '3s' },
  },
  {
    definition: {
      name: 'checkout',
      min_servers: 2,
      max_servers: 40,
      policy: { slo: { violations: '1%', max_utilization: '90%' } },
      config: { interval: '1s' },
      provider: { type: 'simulator', simulated: { servers: 12, base_cpu: 50, base_memory: 40, variance: 3 } },
    },
    pattern: { pattern: 'trace', points: SLOW_DAY, compression: SLOW_COMPRESSION },
    spike: null,
  },
];
