import { ceilCount, type Seen } from '../baselines/seen.js';
import { LEAD_TIME_QUANTILE, type LeadTime } from '../lead-time.js';
import type { Proposal } from '../policies/proposer.js';
import type { SloPolicy, Step } from '../types.js';
import { errorBudgetLeft } from './budget.js';
import { changesOf, type Limit } from './changes.js';
import type { Choice, Ground } from './choice.js';
import { TUNING } from './constants.js';
import { SATURATED } from './controller.js';
import { EXPERTS, type Family } from './experts.js';
import type { Learner } from './learner.js';
import { inSteps } from './learning.js';
import type { ServiceLevelReport } from './report.js';
import type { Shadows } from './shadows.js';
import { behindOf, headed, headlineOf } from '../words.js';
import { details, type FollowedData, type ForecastData, headline, step } from './sentences.js';

export type Explanation = Pick<Proposal, 'code' | 'reason' | 'explanation'> & { readonly steps: Step[] };

/** Values that explain a decision. */
export interface Circumstance {
  readonly seen: Seen;
  readonly policy: SloPolicy;
  readonly report: ServiceLevelReport;
  /** The measurements; `undefined` if the lead time is configured, `null` if none was measured yet. */
  readonly leadTime: LeadTime | null | undefined;
  /** Whether a step was learned; otherwise the plan of the last step holds. */
  readonly isNewStep: boolean;
  /** Whether demand outgrew the fleet since the last step and is handled at once. */
  readonly isOutgrown: boolean;
  /** The controller's count. */
  readonly wished: number;
  /** The same, or higher if more servers were needed within the last minutes because demand had outgrown the fleet. */
  readonly kept: number;
  /** `null` if no limit on changes applied. */
  readonly limit: Limit | null;
  /** Whether full servers hide demand at this tick. */
  readonly saturated: boolean;
}

/**
 * The steps of a decision and its reason, from the controller's last choice: when new servers would help, the forecast
 * until then, what other autoscalers would do, the planned count and why, and the effects of saturation, stabilization,
 * hysteresis and the limit on changes.
 */
export function explain(learner: Learner, circumstance: Circumstance): Explanation {
  const { controller, shadows } = learner;
  const { seen, isOutgrown } = circumstance;
  const { choice } = controller;
  const current = seen.active + seen.provisioning;
  const forecast = forecastOf(learner, circumstance);
  const followed = followedOf(learner, circumstance);
  const isHidden = choice.growth > 0;
  const isForecast = EXPERTS[choice.expert]!.family === 'forecast';
  const steps: Step[] = [
    leadTimeStep(circumstance, controller.lead, current),
    step('forecast', isHidden ? 'saturated' : 'forecast', null, choice.wish, forecast),
  ];
  if (learner.turn === 'demoted' || learner.turn === 'trusted_again') {
    const coverage = circumstance.report.trust.coverage['0.9'];
    steps.push(step('forecast', learner.turn, current, current, { coverage: coverage ?? 0 }));
  }
  if (controller.forecaster.isBeyond) steps.push(boundStep(learner, circumstance, current));
  steps.push(shadowStep(shadows, current), step('propose', codeOf(choice), choice.total, choice.planned, followed));
  if (isOutgrown) {
    const last = outgrownStep(learner, circumstance, current);
    steps.push(last);
    return { steps, code: last.code, reason: last.reason, explanation: last.reason };
  }
  const { heldSince } = controller;
  const watchedMs = heldSince === null ? null : Math.max(0, seen.at - heldSince);
  const changes = changesOf(choice, controller.prospect, { ...circumstance, watchedMs });
  steps.push(...changes);
  const last = steps.at(-1)!;
  const hpa = shadows.desired('hpa');
  const explanation = details(forecast, followed, { isHidden, isForecast, hpa: hpa === last.after ? null : hpa });
  const reason =
    changes.length === 0
      ? headed(headline(forecast, followed, last.after, isForecast), explanation)
      : headed(headlineOf(last.reason), behindOf(last.reason), explanation);
  return { steps, code: last.code, reason, explanation };
}

/** Minutes until servers requested now would help, including the current step. */
function minutesOf(lead: number, { tickSeconds }: Seen): number {
  return Math.round(((lead + 1) * tickSeconds) / 6) / 10;
}

/**
 * When servers requested now would help.
 * @param lead steps that are planned ahead; less than the lead time if that exceeds the horizon
 */
function leadTimeStep({ seen, leadTime }: Circumstance, lead: number, current: number): Step {
  // A slightly shorter lead time takes effect after an hour, any other with the next step (`plannedLead`, `proposeSlo`).
  const measured = leadTime && inSteps(leadTime.plannedMs, seen.tickSeconds);
  return step('forecast', 'lead_time', current, current, {
    lead_seconds: seen.leadSeconds,
    lead_seconds_planned: lead * seen.tickSeconds,
    horizon_minutes: minutesOf(lead, seen),
    lead_time_source: leadTime === undefined ? 'given' : leadTime === null ? 'assumed' : 'measured',
    ...(measured && measured !== seen.leadSeconds ? { lead_seconds_measured: measured } : {}),
    ...(leadTime === null || leadTime === undefined
      ? {}
      : {
          lead_time_count: leadTime.count,
          lead_time_quantile: LEAD_TIME_QUANTILE,
          lead_time_planned_ms: leadTime.plannedMs,
          lead_time_p50_ms: leadTime.p50Ms,
          lead_time_max_ms: leadTime.maxMs,
        }),
  });
}

/** The forecast until then, and how far it can be trusted. */
function forecastOf({ controller }: Learner, { seen, report, isNewStep, saturated }: Circumstance): ForecastData {
  const { outlook, choice } = controller;
  const { trust } = report;
  const { coverage } = trust;
  return {
    demand: choice.demand,
    utilization: seen.cpu,
    horizon_minutes: minutesOf(controller.lead, seen),
    new_step: isNewStep,
    at_least: isNewStep && saturated,
    'quantile_0.5': outlook.quantile(0.5),
    'quantile_0.99': outlook.quantile(0.99),
    model_state: report.state,
    // Written out, because every decision contains them.
    'coverage_0.5': coverage['0.5'],
    'coverage_0.9': coverage['0.9'],
    'coverage_0.99': coverage['0.99'],
    bias: trust.bias,
    skill: trust.skill,
    predictable: trust.predictable,
    demoted: trust.demoted,
  };
}

/** The forecast asked for more than past demand justifies. */
function boundStep({ controller }: Learner, { policy }: Circumstance, current: number): Step {
  const { most } = controller.forecaster;
  const servers = Math.max(1, ceilCount(most / policy.maxUtilization));
  const data = { most_demand: most, most_servers: servers };
  return step('forecast', 'forecast_bounded', current, current, data);
}

/** Counts that other autoscalers with default settings would have, each with its own shadow fleet. */
function shadowStep(shadows: Shadows, current: number): Step {
  return step('forecast', 'shadows', current, current, {
    shadow_hpa: shadows.desired('hpa'),
    shadow_aws: shadows.desired('aws'),
    shadow_nomad: shadows.desired('nomad'),
    shadow_azure: shadows.desired('azure'),
    shadow_trailing: shadows.desired('trailing'),
  });
}

/** The count of the active expert, its quantile, and why it was selected. */
function followedOf({ controller }: Learner, { report, policy }: Circumstance): FollowedData {
  const choice = controller.choice;
  const { planned } = choice;
  const { budget } = report;
  const level = choice.growth > 0 ? null : controller.outlook.levelOf(planned);
  return {
    level,
    highest_demand: planned * policy.maxUtilization,
    price: choice.price,
    aim: choice.aim,
    followed: EXPERTS[choice.expert]!.name,
    ground: choice.ground,
    chosen_among: choice.among,
    towards_thriftier: choice.share,
    room: isCold(choice.ground) ? TUNING.coldRoom : 0,
    budget_promised: budget.promised,
    budget_spent: budget.spent,
    budget_left: errorBudgetLeft(budget),
    budget_saved: budget.left,
    burn_rate: budget.burnRate,
  };
}

/** Demand outgrew the fleet before the next step. */
function outgrownStep({ controller }: Learner, { seen, policy, wished }: Circumstance, current: number): Step {
  const saturated = seen.cpu >= SATURATED;
  return step('propose', 'outgrown', current, wished, {
    demand: seen.cpu * seen.active,
    saturated,
    factor: saturated ? controller.growth.factor : null,
    max_utilization: policy.maxUtilization,
  });
}

type Cold = Extract<Ground, `cold_start${string}`>;

/** Whether the cluster is in its cold start, with extra room. */
function isCold(ground: Ground): ground is Cold {
  return ground === 'cold_start' || ground === 'cold_start_cheapest' || ground === 'cold_start_none_spotless';
}

type FollowedCode = Cold | 'forecast_demoted' | `follows_${Family}` | Exclude<Ground, Cold | `keeps_it${string}`>;

/** The code of the step that names the active expert. */
function codeOf({ ground, among, expert }: Choice): FollowedCode {
  if (isCold(ground)) return ground;
  if (among === 'reactive') return 'forecast_demoted';
  return ground === 'keeps_it' || ground === 'keeps_it_in_family' ? `follows_${EXPERTS[expert]!.family}` : ground;
}
