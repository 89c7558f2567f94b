import type { Schema } from '../api/client';
import { against, percent } from '../layout/words';
import type { BacktestDetail, BacktestRow } from './queries';

const NAMES: Readonly<Record<string, string>> = {
  oracle: 'Who sees the future',
  hindsight: 'Best fixed count in hindsight',
};

/** Autoscalers with a well-known name, by the first word of the row's name. */
const KNOWN: Readonly<Record<string, string>> = {
  hpa: 'HPA',
  aws: 'AWS',
  nomad: 'Nomad',
  azure: 'Azure',
  threshold: 'Thresholds',
  trailing: 'Trailing maximum',
  seasonal: 'Seasonal',
};

/** The name of a row on the page. */
export function displayName({ kind, name, promised }: BacktestRow): string {
  if (kind === 'frontier' && promised !== undefined) return `Service level ${percent(promised, 4)}`;
  if (NAMES[kind] !== undefined && name === kind) return NAMES[kind];
  if (kind !== 'baseline' && kind !== 'hindsight') return name;
  const [, hindsight = '', first = '', rest = ''] = /^(hindsight )?(\w+),?(.*)$/.exec(name) ?? [];
  if (KNOWN[first] === undefined) return name;
  return `${KNOWN[first]}${hindsight === '' ? '' : ' in hindsight,'}${rest.replace('.0 %', ' %')}`;
}

/** By which promise a row is judged, and how: `at most 5 % promised: kept`. */
export function verdictWords(
  { promised, kept }: Pick<BacktestRow, 'promised' | 'kept'>,
  { violations }: Schema['BacktestPromiseDto'],
): string {
  return `at most ${percent(promised ?? violations, 2)} promised: ${kept ? 'kept' : 'broken'}`;
}

/** A cost as a multiple of the least that is possible: `44 % more than the least`. */
export function costWords(multiple: number): string {
  const words = against(multiple);
  return `${words} ${words.endsWith('much') ? 'as' : 'than'} the least`;
}

/** The policy of a row, if a cluster can adopt it: a requested policy, or the service level at a promise. */
export function adoptable({ request, result }: BacktestDetail, row: BacktestRow): Schema['PolicyDto'] | null {
  if (row.kind === 'policy') return request.policies.find(({ name }) => name === row.name)?.policy ?? null;
  if (row.kind !== 'frontier' || row.promised === undefined || result === undefined) return null;
  return {
    slo: {
      violations: `${Number((row.promised * 100).toPrecision(6))}%`,
      max_utilization: `${Number((result.promise.max_utilization * 100).toPrecision(6))}%`,
    },
  };
}
