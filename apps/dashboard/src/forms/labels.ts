/**
 * What the page calls the fields of the API: in forms, in the errors of their fields, and in the audit log. The keys are
 * paths without indexes; the more specific one wins.
 */
const LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  username: 'Username',
  password: 'Password',
  new_password: 'New password',
  role: 'Role',
  scope: 'Sees',
  min_servers: 'Minimum',
  max_servers: 'Maximum',
  status: 'Status',
  config: 'Decide every',
  'config.interval': 'Decide every',
  'config.warm_up': 'Warm-up',
  'policy.mode': 'Mode',
  mode: 'Mode',
  'slo.violations': 'Slow requests',
  'slo.max_utilization': 'Slow means above',
  'slo.max_actions_per_day': 'Changes per day',
  'slo.error_budget': 'Error budget',
  'slo.window': 'Window of the error budget',
  forecast_only: 'Forecast only',
  'target_tracking.metrics': 'Metrics',
  'target_tracking.metrics.metric': 'Metric',
  'target_tracking.metrics.target': 'Target',
  'target_tracking.tolerance': 'Tolerance',
  'target_tracking.scale_up_stabilization': 'Before adding, wait for',
  'target_tracking.scale_down_stabilization': 'Before removing, wait for',
  'threshold.cpu_high': 'CPU high, %',
  'threshold.cpu_low': 'CPU low, %',
  'threshold.memory_high': 'Memory high, %',
  'threshold.memory_low': 'Memory low, %',
  'threshold.emergency': 'Emergency, %',
  'threshold.scale_up_step': 'Servers to add',
  'threshold.scale_down_step': 'Servers to remove',
  'threshold.emergency_step': 'Servers in an emergency',
  'threshold.sustained_high': 'High for',
  'threshold.sustained_low': 'Low for',
  'threshold.cooldown_up': 'Between adding',
  'threshold.cooldown_down': 'Between removing',
  'schedule.windows': 'Windows',
  'windows.name': 'Name',
  'windows.cron': 'Opens (cron)',
  'windows.duration': 'Open for',
  'windows.time_zone': 'Time zone',
  'windows.min_servers': 'Minimum',
  'windows.max_servers': 'Maximum',
  'cost.per_server_hour': 'Cost of a server hour',
  'cost.currency': 'Currency',
  'provider.type': 'Provider',
  'provider.connection': 'Connection',
  desired_servers: 'Servers',
  until: 'Held until',
  'hold.desired_servers': 'Held at',
  'hold.until': 'Held until',
  taken_over: 'Switched off for this service',
  shared: 'Shared',
  secrets: 'Secrets',
  url: 'Address',
  failures: 'Failed attempts',
  locked_until: 'Locked until',
  created: 'Added',
  skipped: 'Skipped',
  released: 'Released',
  endpoint: 'Endpoint',
  reason: 'Reason',
};

/** The label of a field by its path in the API, `policy.slo.violations`; `null`: it has none. */
export function knownLabel(path: string): string | null {
  const names = path.split('.').filter((name) => !/^\d+$/.test(name));
  for (let start = 0; start < names.length; start += 1) {
    const label = LABELS[names.slice(start).join('.')];
    // A single name of a nested field could be that of another field.
    if (label !== undefined && (start === 0 || start < names.length - 1 || names.length === 1)) return label;
  }
  return null;
}

/** As `knownLabel`, else the path in words. */
export function labelOf(path: string): string {
  const words = knownLabel(path) ?? path.replaceAll(/[._]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
