import { ceilCount, type Seen } from '../baselines/seen.js';
import { LEAD_TIME_QUANTILE, type LeadTime } from '../lead-time.js';
import type { SloPolicy, Step } from '../types.js';
import { round } from '../words.js';
import { errorBudgetLeft } from './budget.js';
import { changesOf, type Limit } from './changes.js';
import type { Choice } from './choice.js';
import { TUNING } from './constants.js';
import { SATURATED } from './controller.js';
import { EXPERTS } from './experts.js';
import { becauseOf, codeOf, isCold } from './grounds.js';
import type { Learner } from './learner.js';
import { inSteps } from './learning.js';
import type { ServiceLevelReport } from './report.js';
import type { Shadows } from './shadows.js';
import { demandOf, percent, planned as plannedOf, step } from './sentences.js';

export interface Explanation {
  readonly steps: Step[];
  readonly code: string;
  readonly reason: string;
}

/** What a decision is explained with. */
export interface Circumstance {
  readonly seen: Seen;
  readonly policy: SloPolicy;
  readonly report: ServiceLevelReport;
  /** What was measured; `undefined` where the lead time is given, `null` where none was measured yet. */
  readonly leadTime: LeadTime | null | undefined;
  /** Whether anything was learnt; otherwise the plan of the last step stands. */
  readonly isNewStep: boolean;
  /** Whether demand has outgrown the fleet since the last step, which is not waited for. */
  readonly isOutgrown: boolean;
  /** What the controller decided. */
  readonly wished: number;
  /** The same, or more where more were needed within the last minutes, as demand had outgrown the fleet. */
  readonly kept: number;
  /** `null` where the bound on changes, if there is one, held nothing back. */
  readonly limit: Limit | null;
}

/**
 * The ordered steps of a decision and its one sentence, from what the controller has just chosen: when new servers would help, what is
 * expected until then, what others would do, how many are planned and why, and what saturation, stabilising, churn and the bound on changes
 * made of it.
 */
export function explain(learner: Learner, circumstance: Circumstance): Explanation {
  const { controller } = learner;
  const { seen, isOutgrown } = circumstance;
  const { choice } = controller;
  const current = seen.active + seen.provisioning;
  const minutes = minutesOf(controller.lead, seen);
  const steps: Step[] = [
    leadTimeStep(circumstance, controller.lead, current),
    forecastStep(learner, circumstance, minutes),
  ];
  if (learner.turn === 'demoted' || learner.turn === 'trusted_again') {
    const coverage = circumstance.report.trust.coverage['0.9'];
    steps.push(step('forecast', learner.turn, current, current, { coverage: coverage ?? 0 }));
  }
  if (controller.forecaster.isBeyond) steps.push(boundStep(learner, circumstance, current));
  steps.push(shadowStep(learner.shadows, current), proposeStep(learner, circumstance));
  if (isOutgrown) {
    const last = outgrownStep(learner, circumstance, current);
    steps.push(last);
    return { steps, code: last.code, reason: last.reason };
  }
  let reason = planOf(learner, choice, circumstance, minutes);
  for (const { step: changed, clause } of changesOf(choice, controller.prospect, circumstance)) {
    steps.push(changed);
    if (clause !== '') reason += `; ${clause}`;
  }
  const hpa = learner.shadows.desired('hpa');
  if (hpa !== steps.at(-1)!.after) reason += `; the HPA at 60 % would have ${hpa}`;
  return { steps, code: steps.at(-1)!.code, reason: `${reason}.` };
}

/** Until servers asked for now would help, and the step that has just begun. */
function minutesOf(lead: number, { tickSeconds }: Seen): number {
  return round(((lead + 1) * tickSeconds) / 60);
}

/**
 * When servers asked for now would help.
 * @param lead steps that are planned ahead, which are fewer than the lead time where that is too long
 */
function leadTimeStep({ seen, leadTime }: Circumstance, lead: number, current: number): Step {
  // A little shorter is no news, and any other time is news with the next step (`seenOf`, `proposeSlo`).
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

/** What is expected until then, and how far that can be trusted. */
function forecastStep({ controller }: Learner, { seen, report, isNewStep }: Circumstance, minutes: number): Step {
  const { outlook } = controller;
  const choice = controller.choice;
  const { trust } = report;
  const { coverage } = trust;
  return step('forecast', choice.growth > 0 ? 'saturated' : 'forecast', null, choice.wish, {
    demand: choice.demand,
    utilization: seen.cpu,
    horizon_minutes: minutes,
    new_step: isNewStep,
    'quantile_0.5': outlook.quantile(0.5),
    'quantile_0.99': outlook.quantile(0.99),
    model_state: report.state,
    // Written out, as every decision tells them.
    'coverage_0.5': coverage['0.5'],
    'coverage_0.9': coverage['0.9'],
    'coverage_0.99': coverage['0.99'],
    bias: trust.bias,
    skill: trust.skill,
    predictable: trust.predictable,
    demoted: trust.demoted,
  });
}

/** The forecast asked for more than what was ever seen justifies. */
function boundStep({ controller }: Learner, { policy }: Circumstance, current: number): Step {
  const { most } = controller.forecaster;
  const servers = Math.max(1, ceilCount(most / policy.maxUtilization));
  const data = { most_demand: most, most_servers: servers };
  return step('forecast', 'forecast_bounded', current, current, data);
}

/** What would others have done by now, each at the setting that its makers suggest and in a fleet of its own? */
function shadowStep(shadows: Shadows, current: number): Step {
  return step('forecast', 'shadows', current, current, {
    shadow_hpa: shadows.desired('hpa'),
    shadow_aws: shadows.desired('aws'),
    shadow_nomad: shadows.desired('nomad'),
    shadow_azure: shadows.desired('azure'),
    shadow_trailing: shadows.desired('trailing'),
  });
}

/** How many the expert that is followed plans, at which quantile, and why it is that one. */
function proposeStep({ controller }: Learner, { report, policy }: Circumstance): Step {
  const choice = controller.choice;
  const { planned } = choice;
  const { budget } = report;
  const level = choice.growth > 0 ? null : controller.outlook.levelOf(planned);
  return step('propose', codeOf(choice), choice.total, planned, {
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
  });
}

/** The first half of the sentence: what was seen, what demand that means, what is expected, and how many are planned for that and why. */
function planOf({ controller }: Learner, choice: Choice, circumstance: Circumstance, minutes: number): string {
  const { seen, policy, isNewStep } = circumstance;
  const used = isNewStep ? `, ${Math.round(100 * seen.cpu)} % of what ${seen.active} active can carry` : '';
  const demand = `${demandOf(choice.demand, isNewStep, choice.growth > 0)}${used}`;
  if (choice.growth > 0) {
    return `${demand}, and more may be hidden: ${plannedOf(choice.wish)}, no fewer than ${round(choice.growth)} times as many`;
  }
  const { planned } = choice;
  const chance = percent(controller.outlook.levelOf(planned));
  const highest = round(planned * policy.maxUtilization);
  return `${demand}, and with probability ${chance} ${isNewStep ? 'stays' : 'was to stay'} below ${highest} for ${minutes} min: ${plannedOf(planned)} by ${becauseOf(choice, policy)}`;
}

/** Demand did not wait for the next step. */
function outgrownStep({ controller }: Learner, { seen, policy, wished }: Circumstance, current: number): Step {
  const saturated = seen.cpu >= SATURATED;
  return step('propose', 'outgrown', current, wished, {
    demand: seen.cpu * seen.active,
    saturated,
    factor: saturated ? controller.growth.factor : null,
    max_utilization: policy.maxUtilization,
  });
}
