import type { ProposeContext, Proposer } from '../policies/proposer.js';
import type { Forecast, SloPolicy } from '../types.js';
import { clampCount, type Seen } from '../baselines/seen.js';
import type { Limit } from './changes.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import { EXPERTS } from './experts.js';
import { explain } from './explain.js';
import { type Learner, stepsBetween } from './learner.js';
import { circumstancesOf, resume, seenOf } from './learning.js';
import { Model } from './model.js';
import { isReport, reportOf, type ServiceLevelReport } from './report.js';
import { step } from './sentences.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** So many servers were needed at a time (milliseconds since the Unix epoch) that was no step, for the demand that was seen. */
interface Outgrowth {
  readonly at: number;
  readonly count: number;
}

/** What the policy remembers from tick to tick. */
export interface SloState {
  readonly model: Model;
  /** When the count was changed within the last day; kept only where their number is bounded. */
  readonly changes: readonly number[];
  /** When demand outgrew the fleet within a minute, oldest first, as long as wishes are stabilized over; each is less than the one before. */
  readonly outgrown: readonly Outgrowth[];
  /** Whether the clock was set back to before what was learned, and no step has come since. */
  readonly isBehind: boolean;
  /** How the service level stands; `null` until something was seen. */
  readonly report: ServiceLevelReport | null;
}

/**
 * The service level as a policy: learns from the tick, and proposes the count that keeps the promise at the least cost.
 * Ticks shorter than a minute teach once a minute; a gap in the metrics teaches nothing and changes nothing.
 */
export const proposeSlo: Proposer<SloPolicy> = (policy, context, stored) => {
  const { observation, current, bounds, now, intervalMs } = context;
  const known = stateOf(stored);
  const setting = { leadTimeMs: context.leadTimeMs, intervalMs, bounds };
  const listed = seenOf(observation, setting, known.model?.circumstances.leadSeconds ?? 0);
  if (listed === null) {
    const kept = step('propose', 'metrics_missing', current, current, undefined);
    const { code, reason } = kept;
    return { desired: null, code, reason, explanation: reason, steps: [kept], state: stored };
  }
  // Servers that were asked for and are not listed are on their way as those that are being provisioned.
  const observed = { ...listed, provisioning: Math.max(0, current - listed.active) };
  const minute = Math.floor(now / MINUTE_MS);
  const isNext = known.model === null || stepsBetween(known.model.minute, minute, observed.tickSeconds) >= 1;
  // Another lead time is news with the next step: what this one planned was planned under the one before.
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
  // What was needed before the clock was set back says nothing of now: the window starts with the count that is there.
  const needed = isNewStep && known.isBehind ? current : isOutgrown ? learner.controller.needed(seen) : null;
  const outgrown = lately(known.outgrown, needed, now);
  // It is a wish of the last minutes like those of the steps, which the model alone knows of.
  const stabilised = isNewStep ? Math.min(outgrown[0]?.count ?? 0, current) : 0;
  const kept = Math.max(wished, stabilised);
  // Between two steps nobody is let go anyway; whether the bound would hold back what is planned is to be told then, too.
  const limited = kept > current || isNewStep ? kept : planned;
  const limit = limitOf(limited, current, seen, policy, changes);
  const circumstance = { seen, policy, report, leadTime, isNewStep, isOutgrown, wished, kept, limit };
  const explanation = explain(learner, circumstance);
  const forecast = isNewStep ? { forecast: forecastOf(learner, seen) } : {};
  if (!isNewStep) model.giveBack(learner);
  const state: SloState = {
    model: isNewStep ? modelAfter(model, learner, policy, seen, minute) : model,
    changes,
    outgrown,
    isBehind,
    report,
  };
  return { desired: limit?.kept ?? kept, ...explanation, ...forecast, state };
};

function modelAfter(model: Model | null, learner: Learner, policy: SloPolicy, seen: Seen, minute: number): Model {
  return model?.after(learner, seen, minute) ?? Model.of(learner, circumstancesOf(policy, seen), minute);
}

/** What can be used of a stored state: its JSON has no model. */
export function stateOf(stored: unknown): Omit<SloState, 'model'> & { readonly model: Model | null } {
  const { model, changes, outgrown, isBehind, report } = (stored ?? {}) as Partial<Record<keyof SloState, unknown>>;
  return {
    model: model instanceof Model ? model : null,
    changes: Array.isArray(changes) ? changes.filter((at): at is number => typeof at === 'number') : [],
    // An older version kept one.
    outgrown: [outgrown].flat().filter(isOutgrowth),
    isBehind: isBehind === true,
    report: isReport(report) ? report : null,
  };
}

function isOutgrowth(value: unknown): value is Outgrowth {
  const { at, count } = (value ?? {}) as Partial<Record<keyof Outgrowth, unknown>>;
  return Number.isFinite(at) && Number.isFinite(count);
}

/**
 * What counts now of what was needed, `count` included: the highest comes first, and those of a clock that was set back since count from
 * now on.
 */
function lately(known: readonly Outgrowth[], count: number | null, now: number): readonly Outgrowth[] {
  const late = known
    .map((one) => (one.at > now ? { ...one, at: now } : one))
    .filter(({ at }) => now - at < TUNING.stabiliseMinutes * MINUTE_MS);
  return count === null ? late : [...late.filter((one) => one.count > count), { at: now, count }];
}

/** When the count was changed within a day: what the engine has seen carried out within the hour, and what was known before that. */
function changesOfLate(known: readonly number[], { engine, now }: ProposeContext): readonly number[] {
  const newest = known.at(-1) ?? Number.NEGATIVE_INFINITY;
  const fresh = engine.changes.flatMap(({ at, external }) => (external === true || at <= newest ? [] : [at]));
  return [...known, ...fresh].filter((at) => at > now - DAY_MS);
}

/** A bound on changes per day holds back what saves money; it never holds back what saves requests. */
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

/** The model behind a forecast, as it is recorded. */
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
