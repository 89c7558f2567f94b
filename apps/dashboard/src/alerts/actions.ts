import type { Alert } from './alert-list';

/** What a user can do about an alert. */
export type AlertAction =
  | { readonly kind: 'raise'; readonly to: number }
  | { readonly kind: 'hold' | 'pause' | 'bounds' }
  | { readonly kind: 'undo' }
  | { readonly kind: 'provider' };

const ACTIONS: Readonly<Record<string, readonly AlertAction[]>> = {
  saturated: [{ kind: 'hold' }],
  scaling_failed: [{ kind: 'hold' }, { kind: 'pause' }],
  stranded_at_zero: [{ kind: 'hold' }],
  count_contested: [{ kind: 'pause' }],
  bounds_conflict: [{ kind: 'bounds' }],
  provider_unreachable: [{ kind: 'provider' }],
  error: [{ kind: 'provider' }],
};

/** The most likely one first; none for an alert that is over, or where waiting is right. */
export function actionsOf({ code, data, until }: Pick<Alert, 'code' | 'data' | 'until'>): readonly AlertAction[] {
  if (until !== null) return [];
  if (code === 'large_change') return data?.['undoable'] === true ? [{ kind: 'undo' }] : [];
  if (code !== 'unmet_demand') return ACTIONS[code] ?? [];
  const needed = data?.['needed'];
  const raise: AlertAction = typeof needed === 'number' ? { kind: 'raise', to: Math.ceil(needed) } : { kind: 'bounds' };
  return [raise, { kind: 'hold' }];
}
