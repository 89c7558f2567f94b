/** Short titles of alerts; the details are in their message. */
const WORDS: Readonly<Record<string, string>> = {
  provider_unreachable: 'Cannot reach the provider',
  metrics_missing: 'Metrics missing',
  samples_refused: 'Samples refused',
  servers_silent: 'Servers without metrics',
  scaling_failed: 'Scaling failed',
  unmet_demand: 'At its limit',
  saturated: 'Servers full',
  drift: 'External change of the count',
  target_blocked: 'Another system scales it',
  lease_not_renewed: 'Lease not renewed',
  on_journal: 'Database is down',
  count_contested: 'Another system resets the count',
  servers_lost: 'Servers lost',
  servers_overdue: 'Servers do not arrive',
  large_change: 'Large change by hand',
  bounds_conflict: 'Bounds in conflict',
  stranded_at_zero: 'Stranded at zero servers',
  removals_held: 'Removals held',
  forecast_demoted: 'Forecast demoted',
  error_budget_spent: 'Error budget spent',
  measured_missed: 'Slow or failed requests',
  budget_burning: 'Error budget burning',
  promise_broken: 'Service level missed',
  tick_failed: 'Tick failed',
  error: 'Cluster cannot be used',
  silent: 'Not ticked',
};

export function alertWords(code: string): string {
  return WORDS[code] ?? code.replaceAll('_', ' ');
}
