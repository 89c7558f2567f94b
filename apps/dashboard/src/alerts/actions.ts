import { targetConnection } from '../provider/kinds';
import type { Value } from '../provider/schema';
import type { Alert } from './alert-list';

/** What a user can do about an alert. */
export type AlertAction =
  | { readonly kind: 'raise'; readonly to: number; readonly sure: boolean }
  | { readonly kind: 'hold' | 'pause' | 'bounds' }
  | { readonly kind: 'undo' }
  | { readonly kind: 'provider' }
  | { readonly kind: 'connection'; readonly name: string };

/** What the actions depend on, of the cluster that the alert is about. */
export interface AlertedCluster {
  readonly provider: Value;
}

const ACTIONS: Readonly<Record<string, readonly AlertAction[]>> = {
  saturated: [{ kind: 'hold' }],
  stranded_at_zero: [{ kind: 'hold' }],
  count_contested: [{ kind: 'pause' }],
  bounds_conflict: [{ kind: 'bounds' }],
  error: [{ kind: 'provider' }],
};

/** The most likely one first; none for an alert that is over, or where waiting is right. */
export function actionsOf(
  { code, data, until }: Pick<Alert, 'code' | 'data' | 'until'>,
  cluster: AlertedCluster,
): readonly AlertAction[] {
  if (until !== null) return [];
  if (code === 'provider_unreachable') return [...testOf(cluster), { kind: 'provider' }];
  if (code === 'scaling_failed')
    return [...againstRefusal(data?.['refusal'], cluster), { kind: 'hold' }, { kind: 'pause' }];
  if (code === 'large_change') return data?.['undoable'] === true ? [{ kind: 'undo' }] : [];
  if (code !== 'unmet_demand') return ACTIONS[code] ?? [];
  const needed = data?.['needed'];
  const raise: AlertAction =
    typeof needed === 'number'
      ? { kind: 'raise', to: Math.ceil(needed), sure: data?.['need'] === 'known' }
      : { kind: 'bounds' };
  return [raise, { kind: 'hold' }];
}

/** Where the cause of a refusal can be removed, if it is in this service. */
function againstRefusal(refusal: unknown, cluster: AlertedCluster): readonly AlertAction[] {
  if (refusal !== 'unauthorized' && refusal !== 'not_found') return [];
  const test = refusal === 'unauthorized' ? testOf(cluster) : [];
  return test.length > 0 ? test : [{ kind: 'provider' }];
}

function testOf({ provider }: AlertedCluster): readonly AlertAction[] {
  const name = targetConnection(provider);
  return name === null ? [] : [{ kind: 'connection', name }];
}
