type Examples = Record<string, { summary: string; value: object }>;

const SIMULATED = { type: 'simulator', simulated: { servers: 3, base_cpu: 50, base_memory: 40, variance: 5 } };

/** Example bodies of `POST /clusters`. */
export const CREATE_EXAMPLES: Examples = {
  least: {
    summary: 'Minimal: simulated servers, and the service level as policy',
    value: { name: 'web', min_servers: 2, max_servers: 20 },
  },
  service_level: {
    summary: 'Own service level: at most 0.5 % of requests above 85 % utilization',
    value: {
      name: 'web-slo',
      min_servers: 2,
      max_servers: 20,
      policy: { slo: { violations: '0.5%', max_utilization: '85%' } },
      provider: SIMULATED,
    },
  },
  target_tracking: {
    summary: 'Target tracking like the Kubernetes HPA: CPU at 60 %, ticked every second',
    value: {
      name: 'web-hpa',
      min_servers: 2,
      max_servers: 20,
      policy: { target_tracking: { metrics: [{ metric: 'cpu', target: 60 }], scale_down_stabilization: '1m' } },
      provider: SIMULATED,
      config: { interval: '1s' },
    },
  },
  threshold: {
    summary: 'Thresholds: servers are added above 75 % CPU and removed below 30 %; recommendation only',
    value: {
      name: 'web-marks',
      min_servers: 2,
      max_servers: 40,
      policy: { threshold: { cpu_high: 75, cpu_low: 30, cooldown_up: '1m' }, mode: 'recommend' },
      provider: SIMULATED,
    },
  },
  schedule: {
    summary: 'Schedule: at least 12 servers on weekday mornings, and the service level at all times',
    value: {
      name: 'web-mornings',
      min_servers: 2,
      max_servers: 40,
      policy: {
        slo: { violations: '1%', max_utilization: '90%' },
        schedule: {
          windows: [
            {
              name: 'morning rush',
              cron: '30 7 * * 1-5',
              time_zone: 'Europe/Berlin',
              duration: '2h',
              min_servers: 12,
              max_servers: 40,
            },
          ],
        },
      },
      provider: SIMULATED,
    },
  },
};

/** Example bodies of `PUT /clusters/:id`. */
export const UPDATE_EXAMPLES: Examples = {
  bounds: { summary: 'Change the bounds', value: { min_servers: 4, max_servers: 30 } },
  pause: { summary: 'Pause', value: { status: 'paused' } },
  resume: { summary: 'Resume', value: { status: 'active' } },
  cost: { summary: 'State what a server costs', value: { cost: { per_server_hour: 0.192, currency: 'USD' } } },
  policy: { summary: 'Change the policy', value: { policy: { slo: { violations: '1%', max_utilization: '90%' } } } },
};
