import type { Schema } from '../api/client';
import type { BacktestDetail, BacktestRow } from './queries';

const NAMES: Readonly<Record<string, string>> = {
  oracle: 'Who sees the future',
  hindsight: 'Best fixed count in hindsight',
};

/** What a row is called on the page. */
export function displayName({ kind, name, promised }: BacktestRow): string {
  if (kind === 'frontier' && promised !== undefined)
    return `Service level ${Number((promised * 100).toPrecision(4))} %`;
  return NAMES[kind] !== undefined && name === kind ? NAMES[kind] : name;
}

/** The policy that a row stands for, where a cluster can have it: one that was asked for, or the service level at a promise. */
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
