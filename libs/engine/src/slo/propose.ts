import type { ProposeContext, Proposer } from '../policies/proposer.js';
import type { Forecast, SloPolicy } from '../types.js';
import { clampCount, type Seen } from '../baselines/seen.js';
import type { Limit } from './changes.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import { EXPERTS } from './experts.js';
import { explain } from './explain.js';
import { type Learner, stepsBetween } from './learner.js';
import { circumstancesOf, plannedLead, resume, seenOf } from './learning.js';
import { Model } from './model.js';
import { isReport, reportOf, type ServiceLevelReport } from './report.js';
import { step } from './sentences.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Servers needed within a step for the observed demand, at a time (milliseconds since the epoch). */
interface Outgrowth {
  readonly at: number;
  readonly count: number;
}

/** State of the policy from tick to tick. */
export interface SloState {
  readonly model: Model;
  /** Times of changes within the last day; kept only if their number is limited. */
  readonly changes: readonly number[];
  /**
   * Times within steps at which demand outgrew the fleet, oldest first, for the stabilization window; counts decrease.
   */
  readonly outgrown: readonly Outgrowth[];
  /** Whether the clock was set back to before the last learned step, and no step has come since. */
  readonly isBehind: boolean;
  /** Since when a slightly shorter lead time than the planned one has been measured; `null`: it has not. */
  readonly shorterSince: number | null;
  /** State of the service level; `null` until something was seen. */
  readonly report: ServiceLevelReport | null;
}

/**
 * The service level as a policy: learns from the tick, and proposes the cheapest count that keeps the promise. Ticks
 * shorter than a minute are learned from once a minute; a gap in the metrics changes nothing.
 */
export const proposeSlo: Proposer<SloPolicy> = (policy, context, stored) => {
  const { observation, current, bounds, now, intervalMs } = context;
  const known = stateOf(stored);
  const setting = { leadTimeMs: context.leadTimeMs, intervalMs, bounds };
  const before = { seconds: known.model?.circumstances.leadSeconds ?? 0, shorterSince: known.shorterSince };
  const lead = plannedLead(observation, setting, before);
  const listed = seenOf(observation, setting, lead.seconds);
  if (listed === null) {
    const kept = step('propose', 'metrics_missing', current, current, undefined);
    const { code, reason } = kept;
    return { desired: null, code, reason, explanation: reason, steps: [kept], state: stored };
  }
  // Requested servers that are not listed are pending, like provisioning ones.
  const observed = { ...listed, provisioning: Math.max(0, current - listed.active) };
  const minute = Math.floor(now / MINUTE_MS);
  const isNext = known.model === null || stepsBetween(known.model.minute, minute, observed.tickSeconds) >= 1;
  // Another lead time applies from the next step on: the current plan was made under the previous one.
  const seen =
    known.model === null || isNext ? observed : { ...observed, leadSeconds: known.model.circumstances.leadSeconds };
  const { model, learner } = resume(policy, seen, known.model);
  const isNewStep = model === null || isNext;
  const wished = isNewStep ? learner.learn(seen, model?.minute ?? null) : learner.controller.between(seen, current);
  const report = isNewStep || known.report === null ? reportOf(learner, seen) : known.report;
  const { leadTime } = context;
  const changes = policy.maxActionsPerDay === null ? [] : changesOfLate(known.changes, context);
  const { desired: planned } = learner.controller.choice;
  const isOutgrown = !isNewStep && wished > Math.max(current, planned);
  const isBehind = !isNewStep && (known.isBehind || minute < model.minute);
  // What was needed before the clock was set back says nothing about now: the window starts with the current count.
  const needed = isNewStep && known.isBehind ? current : isOutgrown ? learner.controller.needed(seen) : null;
  const outgrown = lately(known.outgrown, needed, now);
  // Part of the stabilization window, like the proposals of steps, which only the model knows.
  const stabilised = isNewStep ? Math.min(outgrown[0]?.count ?? 0, current) : 0;
  const kept = Math.max(wished, stabilised);
  // Between steps nothing is removed anyway, but a limit that will block the plan is shown then, too.
  const limited = kept > current || isNewStep ? kept : planned;
  const limit = limitOf(limited, current, seen, policy, changes);
  const { saturated } = observation;
  const circumstance = { seen, policy, report, leadTime, isNewStep, isOutgrown, wished, kept, limit, saturated };
  const explanation = explain(learner, circumstance);
  const forecast = isNewStep ? { forecast: forecastOf(learner, seen) } : {};
  if (!isNewStep) model.giveBack(learner);
  const state: SloState = {
    model: isNewStep ? modelAfter(model, learner, policy, seen, minute) : model,
    changes,
    outgrown,
    isBehind,
    shorterSince: isNewStep ? lead.shorterSince : known.shorterSince,
    report,
  };
  return { desired: limit?.kept ?? kept, ...explanation, ...forecast, state };
};

function modelAfter(model: Model | null, learner: Learner, policy: SloPolicy, seen: Seen, minute: number): Model {
  return model?.after(learner, seen, minute) ?? Model.of(learner, circumstancesOf(policy, seen), minute);
}

/** The valid parts of a stored state; its JSON has no model. */
export function stateOf(stored: unknown): Omit<SloState, 'model'> & { readonly model: Model | null } {
  const state = (stored ?? {}) as Partial<Record<keyof SloState, unknown>>;
  const { model, changes, outgrown, isBehind, shorterSince, report } = state;
  return {
    model: model instanceof Model ? model : null,
    changes: Array.isArray(changes) ? changes.filter((at): at is number => typeof at === 'number') : [],
    // An older version stored a single one.
    outgrown: [outgrown].flat().filter(isOutgrowth),
    isBehind: isBehind === true,
    shorterSince: typeof shorterSince === 'number' ? shorterSince : null,
    report: isReport(report) ? report : null,
  };
}

function isOutgrowth(value: unknown): value is Outgrowth {
  const { at, count } = (value ?? {}) as Partial<Record<keyof Outgrowth, unknown>>;
  return Number.isFinite(at) && Number.isFinite(count);
}

/**
 * The entries within the window, including `count`, highest first. Entries in the future, from before the clock was set
 * back, count from now on.
 */
function lately(known: readonly Outgrowth[], count: number | null, now: number): readonly Outgrowth[] {
  const late = known
    .map((one) => (one.at > now ? { ...one, at: now } : one))
    .filter(({ at }) => now - at < TUNING.stabiliseMinutes * MINUTE_MS);
  return count === null ? late : [...late.filter((one) => one.count > count), { at: now, count }];
}

/** Times of changes within a day: recent ones from the engine's state, older ones from this policy's. */
function changesOfLate(known: readonly number[], { engine, now }: ProposeContext): readonly number[] {
  const newest = known.at(-1) ?? Number.NEGATIVE_INFINITY;
  const fresh = engine.changes.flatMap(({ at, external }) => (external === true || at <= newest ? [] : [at]));
  return [...known, ...fresh].filter((at) => at > now - DAY_MS);
}

/** The limit on changes per day blocks removals; it never blocks additions. */
function limitOf(
  wished: number,
  current: number,
  seen: Seen,
  { maxActionsPerDay: allowed }: SloPolicy,
  { length: changes }: readonly number[],
): Limit | null {
  if (allowed === null || wished >= current || changes < allowed) return null;
  return { kept: clampCount(current, seen), changes, allowed };
}

/** By line of experts. */
const MODELS = ['log_ratio_regression', 'log_ratio_analogues', 'tops_of_the_hour'] as const;

/** The recorded name of the forecast model. */
function modelNameOf(choice: Choice): string {
  const { family, line } = EXPERTS[choice.expert]!;
  if (family !== 'forecast') return 'reactive';
  return MODELS[line]!;
}

function forecastOf({ controller }: Learner, seen: Seen): Forecast {
  const { choice, outlook } = controller;
  const level = Math.min(0.9999, Math.max(0.0001, outlook.levelOf(choice.desired)));
  return {
    at: seen.at,
    horizonMs: (controller.lead + 1) * seen.tickSeconds * 1000,
    model: modelNameOf(choice),
    level,
    upper: outlook.quantile(level),
    quantiles: { '0.5': outlook.quantile(0.5), '0.9': outlook.quantile(0.9), '0.99': outlook.quantile(0.99) },
  };
}
