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
  readonly max_servers: number;
}

const ACTIONS: Readonly<Record<string, readonly AlertAction[]>> = {
  stranded_at_zero: [{ kind: 'bounds' }],
  count_contested: [{ kind: 'pause' }],
  bounds_conflict: [{ kind: 'bounds' }],
  error: [{ kind: 'provider' }],
};

/**
 * The most likely one first; none for an alert that is over, or where waiting is right. While more servers are refused,
 * nothing is offered that keeps their count: it would still apply after the refusals have ended.
 */
export function actionsOf(
  { code, data, until }: Pick<Alert, 'code' | 'data' | 'until'>,
  cluster: AlertedCluster,
): readonly AlertAction[] {
  if (until !== null) return [];
  switch (code) {
    case 'provider_unreachable':
      return [...testOf(cluster), { kind: 'provider' }];
    case 'scaling_failed':
      return [
        ...againstRefusal(data?.['refusal'], cluster),
        ...(data?.['action'] === 'SCALE_DOWN' ? [{ kind: 'pause' } as const] : []),
      ];
    case 'saturated':
      return Number(data?.['active']) >= cluster.max_servers ? [{ kind: 'bounds' }] : [];
    case 'large_change':
      return data?.['undoable'] === true ? [{ kind: 'undo' }] : [];
    case 'unmet_demand':
      return againstLimit(data ?? {});
    default:
      return ACTIONS[code] ?? [];
  }
}

/** Where another system scales or bounds the servers, raising the limit adds none: the alert says where its limit is. */
function againstLimit(data: NonNullable<Alert['data']>): readonly AlertAction[] {
  const { needed, need, only_recommends: isAdvice, their_limit: theirs } = data;
  if (typeof theirs === 'number' && typeof needed === 'number' && needed > theirs) return [];
  if (isAdvice === true) return [{ kind: 'bounds' }];
  const raise: AlertAction =
    typeof needed === 'number' ? { kind: 'raise', to: Math.ceil(needed), sure: need === 'known' } : { kind: 'bounds' };
  // All that are allowed are there, so a hold keeps as many.
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
