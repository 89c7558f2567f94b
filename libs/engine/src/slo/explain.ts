import type { Seen } from '../baselines/seen.js';
import { ASSUMED_LEAD_MS, LEAD_TIME_QUANTILE, type LeadTime } from '../lead-time.js';
import type { SloPolicy, Step } from '../types.js';
import { type Choice, SATURATED } from './controller.js';
import { EXPERTS } from './experts.js';
import type { Learner } from './learner.js';
import type { ServiceLevelReport } from './report.js';
import { SHADOWS } from './shadows.js';
import { turnOf } from './summary.js';

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
  /** What the controller decided. */
  readonly desired: number;
}

const HPA = EXPERTS.findIndex(({ name }) => name === 'HPA at 60 %');
const TRAILING = EXPERTS.findIndex(({ name }) => name === 'highest of 15 min + 20 %');

/**
 * The ordered steps of a decision and its one sentence, from what the controller has just chosen: when new servers would help, what is
 * expected until then, what others would do, how many are planned and why, and what stabilising and churn made of it.
 */
export function explain(learner: Learner, circumstance: Circumstance): Explanation {
  const { controller } = learner;
  const { seen, policy, isNewStep, desired } = circumstance;
  const { choice } = controller;
  const current = seen.active + seen.provisioning;
  if (choice === null) {
    const reason = `The service level keeps ${current} servers.`;
    return { steps: [step('propose', 'kept', current, desired, reason)], code: 'kept', reason };
  }
  const minutes = round(((controller.lead + 1) * seen.tickSeconds) / 60);
  const steps: Step[] = [leadTimeStep(circumstance, current, minutes), forecastStep(learner, circumstance, minutes)];
  if (learner.turn === 'demoted' || learner.turn === 'trusted_again') {
    const coverage = circumstance.report.trust.coverage['0.9'] ?? null;
    steps.push(step('forecast', learner.turn, current, current, turnOf(circumstance.report), { coverage }));
  }
  steps.push(shadowStep(learner, current), proposeStep(learner, circumstance, current));
  if (!isNewStep && desired > Math.max(current, choice.desired)) {
    const outgrown = outgrownStep(circumstance, current);
    steps.push(outgrown);
    return { steps, code: outgrown.code, reason: outgrown.reason };
  }
  if (isNewStep || desired !== current) steps.push(...settlingSteps(choice, current, desired));
  const reason =
    `At most ${percent(policy.violations)} of requests above ${percent(policy.maxUtilization)} utilisation: ` +
    `${demandOf(choice, isNewStep)}, so ${desired} are planned for the next ${minutes} min.`;
  return { steps, code: steps.at(-1)!.code, reason };
}

/** When servers asked for now would help. */
function leadTimeStep({ seen, leadTime }: Circumstance, current: number, minutes: number): Step {
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  const why =
    leadTime === undefined
      ? `New servers help after ${Math.round(seen.leadSeconds)} s.`
      : leadTime === null
        ? `No lead time was measured yet; ${seconds(ASSUMED_LEAD_MS)} are assumed.`
        : `New servers help after ${seconds(leadTime.plannedMs)}: of ${leadTime.count} measured, half took up to ` +
          `${seconds(leadTime.p50Ms)} and the longest ${seconds(leadTime.maxMs)}.`;
  return step('forecast', 'lead_time', current, current, `${why} So the next ${minutes} min count.`, {
    lead_seconds: seen.leadSeconds,
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
function forecastStep({ controller }: Learner, { report, isNewStep }: Circumstance, minutes: number): Step {
  const { outlook } = controller;
  const choice = controller.choice!;
  const { trust } = report;
  const doubt = trust.predictable === false ? ' Its past says little about what comes.' : '';
  return step(
    'forecast',
    choice.saturated ? 'saturated' : 'forecast',
    null,
    choice.wish,
    `${capital(demandOf(choice, isNewStep))}; within ${minutes} min it is expected to stay below ` +
      `${round(outlook.quantile(0.5))} as likely as not, below ${round(outlook.quantile(0.99))} in 99 of 100 cases.${doubt}`,
    {
      demand: choice.demand,
      horizon_minutes: minutes,
      model_state: report.state,
      ...Object.fromEntries(Object.entries(trust.coverage).map(([level, share]) => [`coverage_${level}`, share])),
      bias: trust.bias,
      skill: trust.skill,
      predictable: trust.predictable,
      demoted: trust.demoted,
    },
  );
}

/** What would others have done by now, each at the setting that its makers suggest and in a fleet of its own? */
function shadowStep({ controller, shadows }: Learner, current: number): Step {
  const { desired } = controller.experts;
  const counts: Record<string, number> = { hpa: desired[HPA]! };
  for (const shadow of SHADOWS) counts[shadow] = shadows.desired(shadow);
  counts['trailing'] = desired[TRAILING]!;
  const { hpa, aws, nomad, azure, trailing } = counts;
  return step(
    'forecast',
    'shadows',
    current,
    current,
    `In its place the HPA would have ${hpa} servers now, AWS target tracking ${aws}, Nomad ${nomad}, Azure autoscale ${azure}, ` +
      `and the highest demand of 15 min plus 20 % asks for ${trailing}.`,
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [`shadow_${name}`, count])),
  );
}

/** How many are planned, at which quantile, and why that one. */
function proposeStep({ controller }: Learner, { report }: Circumstance, current: number): Step {
  const choice = controller.choice!;
  const { budget, trust } = report;
  const followed = EXPERTS[choice.expert]!;
  const level = controller.outlook.levelOf(choice.wish);
  const standing =
    budget.left >= 0
      ? `${percent(budget.left)} of the error budget is saved`
      : `the error budget is overspent by ${round(-budget.left)} times what may be saved`;
  const why = trust.demoted
    ? `The forecast's coverage is off, so "${followed.name}" is followed until it is back`
    : `${capital(standing)}, so ${percent(choice.aim)} of requests may be served badly now; "${followed.name}" is the cheapest that keeps that`;
  return step(
    'propose',
    trust.demoted ? 'forecast_demoted' : `follows_${followed.family}`,
    current,
    choice.wish,
    `${why}: ${choice.wish} servers, which are enough with probability ${percent(level)}.`,
    {
      level,
      price: choice.price,
      aim: choice.aim,
      followed: followed.name,
      budget_promised: budget.promised,
      budget_spent: budget.spent,
      budget_left: budget.left,
      burn_rate: budget.burnRate,
    },
  );
}

/** What the plan stands on. */
function demandOf({ demand, saturated }: Choice, isNewStep: boolean): string {
  return `demand ${isNewStep ? 'is' : 'was'} ${saturated ? 'at least ' : ''}${round(demand)} servers${isNewStep ? '' : ' when the minute began'}`;
}

/** Demand did not wait for the next step. */
function outgrownStep({ seen, policy, desired }: Circumstance, current: number): Step {
  const demand = seen.cpu * seen.active;
  const reason =
    `Demand has grown to ${seen.cpu >= SATURATED ? 'at least ' : ''}${round(demand)} servers within the minute, more than ${current} carry at ` +
    `${percent(policy.maxUtilization)} utilisation: ${desired} are asked for at once.`;
  return step('propose', 'outgrown', current, desired, reason, { demand });
}

function settlingSteps(
  choice: { readonly wish: number; readonly stabilised: number },
  current: number,
  desired: number,
): Step[] {
  const steps: Step[] = [];
  let before = choice.wish;
  if (choice.wish < current && choice.stabilised > choice.wish) {
    const after = Math.min(current, choice.stabilised);
    const reason = `Within the last minutes ${choice.stabilised} servers were wished for: not fewer than that.`;
    steps.push(step('stabilise', 'stabilised_down', before, after, reason));
    before = after;
  }
  if (desired !== before) {
    const reason = `Going to ${before} would save too little to be worth the change.`;
    steps.push(step('stabilise', 'churn', before, desired, reason));
  }
  return steps;
}

function step(
  stage: Step['stage'],
  code: string,
  before: number | null,
  after: number,
  reason: string,
  data?: Step['data'],
): Step {
  return { stage, policy: 'slo', code, before, after, reason, ...(data === undefined ? {} : { data }) };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}
