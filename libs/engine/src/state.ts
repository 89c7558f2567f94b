import type { Decision, EngineState } from './types.js';

/** What rate limits look back on; no rule may have a longer period. */
export const CHANGES_KEPT_MS = 3_600_000;
const CHANGES_KEPT = 120;

/** The state of a cluster that was never ticked. */
export function initialState(): EngineState {
  return { version: 1, lastScaleUpAt: null, lastScaleDownAt: null, changes: [], policies: {} };
}

/**
 * Takes note of what became of a decision: only one that was carried out, at least in part, starts cooldowns and counts
 * against rate limits, by as much as the provider gave. Telling it twice is telling it once.
 *
 * @param at when the provider was asked
 * @param achieved servers afterwards, where that is known to differ from what was asked for
 */
export function settle(
  state: EngineState,
  decision: Decision,
  outcome: 'success' | 'partial' | 'failed',
  at: number,
  achieved: number | null = null,
): EngineState {
  if (outcome === 'failed' || decision.action === 'MAINTAIN') return state;
  const by = (outcome === 'partial' ? (achieved ?? decision.desired) : decision.desired) - decision.current;
  const changes = [...state.changes.filter((change) => change.at !== at), { at, by }]
    .filter((change) => change.at > at - CHANGES_KEPT_MS)
    .slice(-CHANGES_KEPT);
  return decision.action === 'SCALE_UP'
    ? { ...state, changes, lastScaleUpAt: at }
    : { ...state, changes, lastScaleDownAt: at };
}

/**
 * Changes that lie ahead were noted by a clock that was set back since. They count from now on: cooldowns and rate limits would hold until
 * their time is reached again.
 */
export function withoutFuture(state: EngineState, now: number): EngineState {
  const { lastScaleUpAt, lastScaleDownAt, changes } = state;
  const isPast = (at: number | null): boolean => at === null || at <= now;
  if (isPast(lastScaleUpAt) && isPast(lastScaleDownAt) && changes.every(({ at }) => isPast(at))) return state;
  const untilNow = (at: number | null): number | null => (at === null ? null : Math.min(at, now));
  return {
    ...state,
    lastScaleUpAt: untilNow(lastScaleUpAt),
    lastScaleDownAt: untilNow(lastScaleDownAt),
    changes: changes.map(({ at, by }) => ({ at: Math.min(at, now), by })),
  };
}

/**
 * Reads a state back from JSON. What is not one of ours (another version, damaged) is not trusted in part: the engine
 * begins anew and `warning` says so.
 */
export function restoreState(value: unknown): { readonly state: EngineState; readonly warning: string | null } {
  if (value === null || value === undefined) return { state: initialState(), warning: null };
  if (isState(value)) return { state: value, warning: null };
  return { state: initialState(), warning: 'the stored state of the engine is not of this version; it begins anew' };
}

function isState(value: unknown): value is EngineState {
  if (typeof value !== 'object' || value === null) return false;
  const { version, lastScaleUpAt, lastScaleDownAt, changes, policies } = value as Partial<
    Record<keyof EngineState, unknown>
  >;
  return (
    version === 1 &&
    isTimeOrNull(lastScaleUpAt) &&
    isTimeOrNull(lastScaleDownAt) &&
    Array.isArray(changes) &&
    changes.every(isChange) &&
    typeof policies === 'object' &&
    policies !== null
  );
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}

function isChange(value: unknown): boolean {
  const { at, by } = (value ?? {}) as { at?: unknown; by?: unknown };
  return Number.isFinite(at) && Number.isFinite(by);
}
