import type { EngineState, SloPolicy } from '../types.js';
import type { Seen } from '../baselines/seen.js';
import { type Learner, stepsBetween } from './learner.js';
import {
  circumstancesOf,
  type Learnable,
  type PlannedLead,
  plannedLead,
  resume,
  seenOf,
  type Setting,
  withLeadTime,
} from './learning.js';
import { Model, type StoredModel } from './model.js';
import { type SloState, stateOf } from './propose.js';
import { reportOf } from './report.js';

const MINUTE_MS = 60_000;

/** The model to store; `null` without a service level, or before the first step. */
export function modelOf({ policies }: Pick<EngineState, 'policies'>): StoredModel | null {
  return stateOf(policies.slo).model?.stored() ?? null;
}

/** Whether `relearn` can continue from a stored model; otherwise it needs the whole history. */
export function isRestorable(stored: StoredModel, policy: SloPolicy): boolean {
  const { violations, maxUtilization } = stored;
  if (violations !== policy.violations || maxUtilization !== policy.maxUtilization) return false;
  return (Model.from(stored)?.take() ?? null) !== null;
}

/**
 * Restores the model of a stored state: the newest stored model, then the observations since, step by step as live
 * ticks would. Without a stored model it replays the whole history.
 *
 * @param history observations since the model was stored, oldest first
 */
export function relearn(
  state: EngineState,
  policy: SloPolicy,
  stored: StoredModel | null,
  history: Iterable<Learnable>,
  setting: Setting,
): EngineState {
  const before = stored === null ? null : Model.from(stored);
  let minute = before?.minute ?? null;
  const { changes, outgrown, isBehind, shorterSince, report } = stateOf(state.policies.slo);
  let lead: PlannedLead = { seconds: before?.circumstances.leadSeconds ?? 0, shorterSince };
  let learning: { readonly learner: Learner; readonly seen: Seen } | null = null;
  for (const observation of history) {
    const next = plannedLead(observation, setting, lead);
    const seen = seenOf(observation, setting, next.seconds);
    const now = Math.floor(observation.at / MINUTE_MS);
    if (seen === null || (minute !== null && stepsBetween(minute, now, seen.tickSeconds) < 1)) continue;
    if (learning === null) {
      const { model, learner } = resume(policy, seen, before);
      minute = model?.minute ?? null;
      learning = { learner, seen };
    } else {
      const { learner }: { readonly learner: Learner } = learning;
      learning = { learner: seen.leadSeconds === lead.seconds ? learner : withLeadTime(policy, seen, learner), seen };
    }
    lead = next;
    learning.learner.learn(seen, minute);
    minute = now;
  }
  const model =
    learning === null ? before : Model.of(learning.learner, circumstancesOf(policy, learning.seen), minute ?? 0);
  if (model === null) return state;
  const slo: SloState = {
    model,
    changes,
    outgrown,
    isBehind,
    shorterSince: lead.shorterSince,
    report: learning === null ? report : reportOf(learning.learner, learning.seen),
  };
  return { ...state, policies: { ...state.policies, slo } };
}
