/** What an alert is about, in a few words; what it says besides is its message. */
const WORDS: Readonly<Record<string, string>> = {
  provider_unreachable: 'Provider not reachable',
  metrics_missing: 'Metrics missing',
  samples_refused: 'Samples refused',
  scaling_failed: 'Scaling failed',
  unmet_demand: 'At its upper bound',
  drift: 'Changed by somebody else',
  servers_lost: 'Servers lost',
  forecast_demoted: 'Forecast demoted',
  error_budget_spent: 'Error budget spent',
  budget_burning: 'Error budget burning',
  tick_failed: 'Tick failed',
  saturated: 'Servers full',
  removals_held: 'Removals held',
};

export function alertWords(code: string): string {
  return WORDS[code] ?? code.replaceAll('_', ' ');
}
