import type { CommonState, EngineState } from './types.js';

/** Look-back of rate limits; no rule may have a longer period. */
export const CHANGES_KEPT_MS = 3_600_000;
const CHANGES_KEPT = 120;

/** The state of a cluster that was never ticked. */
export function initialState(): EngineState {
  return { version: 1, lastScaleUpAt: null, lastScaleDownAt: null, changes: [], policies: {} };
}

/**
 * Records a decision that was carried out: it starts cooldowns, and counts against rate limits by its change of the
 * reference count. Idempotent.
 *
 * @param by change of the reference count; 0 if it was refused, or only replaced servers
 * @param at when the provider was called
 * @param removes whether a removal was requested: it starts its cooldown even if the provider carries it out late
 */
export function settle<State extends CommonState>(state: State, by: number, at: number, removes = false): State {
  if (by === 0) return removes ? { ...state, lastScaleDownAt: at } : state;
  const changes = recent(
    [...state.changes.filter((change) => change.external === true || change.at !== at), { at, by }],
    at,
  );
  return by > 0 ? { ...state, changes, lastScaleUpAt: at } : { ...state, changes, lastScaleDownAt: at };
}

/**
 * Records a change of the reference count by another writer. A removal gives back what its addition used up of the rate
 * limits; an addition uses up nothing. Both delay the next removal by `threshold`.
 */
export function noteExternal<State extends CommonState>(state: State, by: number, at: number): State {
  const changes = by < 0 ? recent([...state.changes, { at, by, external: true }], at) : state.changes;
  return { ...state, changes, lastExternalAt: at };
}

function recent(changes: CommonState['changes'], at: number): CommonState['changes'] {
  return changes.filter((change) => change.at > at - CHANGES_KEPT_MS).slice(-CHANGES_KEPT);
}

/**
 * Changes in the future were recorded before the clock was set back. They count from now on; otherwise cooldowns and
 * rate limits would last until their time.
 */
export function withoutFuture(state: EngineState, now: number): EngineState {
  const { lastScaleUpAt, lastScaleDownAt, lastExternalAt = null, restored = null, changes } = state;
  const isPast = (at: number | null): boolean => at === null || at <= now;
  if (
    isPast(lastScaleUpAt) &&
    isPast(lastScaleDownAt) &&
    isPast(lastExternalAt) &&
    isPast(restored?.at ?? null) &&
    changes.every(({ at }) => isPast(at))
  )
    return state;
  const untilNow = (at: number | null): number | null => (at === null ? null : Math.min(at, now));
  return {
    ...state,
    lastScaleUpAt: untilNow(lastScaleUpAt),
    lastScaleDownAt: untilNow(lastScaleDownAt),
    lastExternalAt: untilNow(lastExternalAt),
    ...(restored === null ? {} : { restored: { ...restored, at: Math.min(restored.at, now) } }),
    changes: changes.map((change) => ({ ...change, at: Math.min(change.at, now) })),
  };
}

/**
 * Records the count restored by an undo as a recommendation of every stabilization window: policies remove it no sooner
 * than their own.
 */
export function noteRestored<State extends CommonState>(state: State, count: number, at: number): State {
  return { ...state, restored: { at, count } };
}

/**
 * Reads a state from JSON. A state of another version or a damaged one is not used at all: the engine starts from
 * nothing, and `warning` says so.
 */
export function restoreState(value: unknown): { readonly state: EngineState; readonly warning: string | null } {
  if (value === null || value === undefined) return { state: initialState(), warning: null };
  if (isState(value)) return { state: value, warning: null };
  return {
    state: initialState(),
    warning: 'the stored state of the engine is not of this version, starting with a new one',
  };
}

function isState(value: unknown): value is EngineState {
  if (typeof value !== 'object' || value === null) return false;
  const { version, lastScaleUpAt, lastScaleDownAt, restored, changes, policies } = value as Partial<
    Record<keyof EngineState, unknown>
  >;
  return (
    version === 1 &&
    isTimeOrNull(lastScaleUpAt) &&
    isTimeOrNull(lastScaleDownAt) &&
    (restored === undefined || restored === null || isRestored(restored)) &&
    Array.isArray(changes) &&
    changes.every(isChange) &&
    typeof policies === 'object' &&
    policies !== null
  );
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}

function isRestored(value: unknown): boolean {
  const { at, count } = (value ?? {}) as { at?: unknown; count?: unknown };
  return Number.isFinite(at) && Number.isFinite(count);
}

function isChange(value: unknown): boolean {
  const { at, by } = (value ?? {}) as { at?: unknown; by?: unknown };
  return Number.isFinite(at) && Number.isFinite(by);
}
