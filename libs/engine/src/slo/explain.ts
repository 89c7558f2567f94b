import type { Seen } from '../baselines/seen.js';
import { AwsTargetTracking, AzureThresholds, NomadTargetValue } from '../baselines/clouds.js';
import type { SloPolicy, Step } from '../types.js';
import type { SloController } from './controller.js';
import { EXPERTS } from './experts.js';

export interface Explanation {
  readonly steps: Step[];
  readonly code: string;
  readonly reason: string;
}

/** What would the others have done now, at the settings that their makers suggest? */
function whatOthersWish(controller: SloController, seen: Seen): Record<string, number> {
  const shadow = (name: string): number => controller.experts.desired[EXPERTS.findIndex((one) => one.name === name)]!;
  return {
    hpa: shadow('HPA at 60 %'),
    aws: wishAtOnce(new AwsTargetTracking(0.6), seen),
    nomad: new NomadTargetValue(0.6).desired(seen),
    azure: new AzureThresholds(0.7, 0.3).desired(seen),
    trailing: shadow('highest of 15 min + 20 %'),
  };
}

/** What target tracking on EC2 heads for once its alarm has lasted. */
function wishAtOnce(policy: AwsTargetTracking, seen: Seen): number {
  return policy.desired({ ...seen, tickSeconds: Math.max(seen.tickSeconds, 15 * 60) });
}

/** The ordered steps of a decision and its one sentence, from what the controller has just chosen. */
export function explain(controller: SloController, seen: Seen, policy: SloPolicy, desired: number): Explanation {
  const { choice, budget, forecaster } = controller;
  const current = seen.active + seen.provisioning;
  if (choice === null) {
    const reason = `The service level keeps ${current} servers.`;
    return { steps: [step('propose', 'kept', current, desired, reason)], code: 'kept', reason };
  }
  const { outlook, trust } = forecaster;
  const spent = budget.report();
  const minutes = round(((controller.lead + 1) * seen.tickSeconds) / 60);
  const level = outlook.levelOf(choice.wish);
  const followed = EXPERTS[choice.expert]!;
  const quality = trust.report();
  const least = choice.saturated ? 'at least ' : '';
  const steps: Step[] = [
    step(
      'forecast',
      choice.saturated ? 'saturated' : 'forecast',
      null,
      choice.wish,
      `Demand is ${least}${round(choice.demand)} servers; within ${minutes} min it is expected to stay below ` +
        `${round(outlook.quantile(0.5))} as likely as not, below ${round(outlook.quantile(0.99))} in 99 of 100 cases.`,
      {
        demand: choice.demand,
        horizon_minutes: minutes,
        ...Object.fromEntries(Object.entries(quality.coverage).map(([at, share]) => [`coverage_${at}`, share])),
        bias: quality.bias,
        demoted: quality.demoted,
      },
    ),
    step(
      'propose',
      quality.demoted ? 'forecast_demoted' : `follows_${followed.family}`,
      current,
      choice.wish,
      quality.demoted
        ? `The forecast's coverage is off, so "${followed.name}" is followed until it is back: ${choice.wish} servers.`
        : `Following "${followed.name}", the cheapest that keeps ${percent(choice.aim)} of requests or fewer badly served: ` +
            `${choice.wish} servers are enough with probability ${percent(level)}.`,
      {
        level,
        price: choice.price,
        budget_promised: spent.promised,
        budget_spent: spent.spent,
        budget_left: spent.left,
        burn_rate: spent.burnRate,
        ...Object.fromEntries(
          Object.entries(whatOthersWish(controller, seen)).map(([name, count]) => [`shadow_${name}`, count]),
        ),
      },
    ),
  ];
  if (choice.wish < current && choice.stabilised > choice.wish) {
    steps.push(
      step(
        'stabilise',
        'stabilised_down',
        choice.wish,
        Math.min(current, choice.stabilised),
        `Within the last minutes ${choice.stabilised} servers were wished for: not fewer than that.`,
      ),
    );
  }
  const before = steps.at(-1)!.after;
  if (desired !== before) {
    steps.push(
      step('stabilise', 'churn', before, desired, `Going to ${before} would save too little to be worth the change.`),
    );
  }
  const last = steps.at(-1)!;
  const reason =
    `At most ${percent(policy.violations)} of requests above ${percent(policy.maxUtilization)} utilisation: ` +
    `demand is ${least}${round(choice.demand)} servers, so ${desired} are planned for the next ${minutes} min.`;
  return { steps, code: last.code, reason };
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}
