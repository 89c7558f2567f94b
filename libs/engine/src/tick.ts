import type { ProposeContext, Proposal } from './policies/proposer.js';
import { proposeSlo } from './slo/index.js';
import { proposeTargetTracking } from './policies/target-tracking.js';
import { proposeThreshold } from './policies/threshold.js';
import { withoutFuture } from './state.js';
import type {
  Action,
  Bounds,
  Decision,
  EngineState,
  Forecast,
  MetricName,
  OpenWindow,
  Policy,
  PolicyKind,
  Step,
  TickInput,
  TickOutput,
} from './types.js';

interface Verdict {
  readonly count: number;
  /** Whether somebody asked for this count; otherwise it is simply what stands there. */
  readonly asked: boolean;
  readonly policy: Decision['policy'];
  readonly code: string;
  readonly reason: string;
}

/**
 * One decision about one cluster: each policy proposes, the highest proposal wins, and then whoever outranks the policies
 * has a say, in this order: missing knowledge, a person's hold, the bounds. Pure: the same input gives the same output.
 */
export function tick(input: TickInput): TickOutput {
  const { observation, policy, hold, now } = input;
  const state = withoutFuture(input.state, now);
  const current = observation.servers.active + observation.servers.provisioning;
  const context: ProposeContext = {
    now,
    intervalMs: input.intervalMs,
    bounds: input.bounds,
    observation,
    current,
    leadTimeMs: input.leadTimeMs,
    ...(input.leadTime === undefined ? {} : { leadTime: input.leadTime }),
    engine: state,
  };
  const steps: Step[] = [sawStep(input, current)];
  const { proposals, states, forecast } = propose(policy, context);
  const onlookers = policy.forecastOnly ?? [];
  const acting = proposals.filter(({ kind }) => !onlookers.includes(kind));
  for (const one of proposals) {
    if (onlookers.includes(one.kind)) steps.push(...one.proposal.steps, forecastOnlyStep(one, current));
  }
  for (const { proposal } of acting) steps.push(...proposal.steps);
  const windows = onlookers.includes('schedule') ? [] : (input.openWindows ?? []);
  if (onlookers.includes('schedule'))
    steps.push(...(input.openWindows ?? []).map((window) => windowShownStep(window, current)));

  let verdict = combine(acting, current, steps);
  verdict = keepWhatIsUnknown(verdict, input, current, steps);
  verdict = holdByHand(verdict, hold, now, steps);
  const wished = verdict.count;
  verdict = bound(verdict, effectiveBounds(input.bounds, windows), steps);
  if (policy.mode === 'recommend' && verdict.count !== current) {
    steps.push({
      stage: 'mode',
      code: 'recommend_only',
      before: verdict.count,
      after: current,
      reason: `This policy only recommends: the count stays at ${current}.`,
    });
  }
  const decision: Decision = {
    at: now,
    action: actionOf(current, verdict.count),
    current,
    desired: verdict.count,
    wished,
    unmet: verdict.asked ? Math.max(0, wished - verdict.count) : 0,
    policy: verdict.policy,
    code: verdict.code,
    reason: verdict.reason,
    steps,
    mode: policy.mode,
  };
  const next: EngineState = { ...state, policies: { ...state.policies, ...states } };
  return { decision, forecast, state: next };
}

interface Proposed {
  readonly kind: PolicyKind;
  readonly proposal: Proposal;
}

function propose(
  policy: Policy,
  context: ProposeContext,
): { proposals: readonly Proposed[]; states: EngineState['policies']; forecast: Forecast | null } {
  const { policies } = context.engine;
  const proposals: Proposed[] = [];
  if (policy.slo !== undefined) {
    proposals.push({ kind: 'slo', proposal: proposeSlo(policy.slo, context, policies.slo) });
  }
  if (policy.threshold !== undefined) {
    proposals.push({ kind: 'threshold', proposal: proposeThreshold(policy.threshold, context, policies.threshold) });
  }
  if (policy.targetTracking !== undefined) {
    proposals.push({
      kind: 'target_tracking',
      proposal: proposeTargetTracking(policy.targetTracking, context, policies.target_tracking),
    });
  }
  const states = Object.fromEntries(proposals.map(({ kind, proposal }) => [kind, proposal.state]));
  const forecast = proposals.find(({ proposal }) => proposal.forecast !== undefined)?.proposal.forecast ?? null;
  return { proposals, states, forecast };
}

const RESOURCE: Readonly<Record<MetricName, string>> = { cpu: 'CPU', memory: 'memory', request_rate: 'requests' };

/** What was seen, and what demand that means. */
function sawStep({ observation }: TickInput, current: number): Step {
  const { servers, reporting, cpu, memory, demand, bottleneck, saturated, stalenessMs } = observation;
  const known = [
    ...(cpu === null ? [] : [`CPU ${Math.round(cpu.mean)} %`]),
    ...(memory === null ? [] : [`memory ${Math.round(memory.mean)} %`]),
  ];
  const metrics =
    known.length === 0
      ? 'no usable metrics'
      : `${known.join(', ')} on ${reporting} of ${servers.active} active servers`;
  const coming = servers.provisioning === 0 ? '' : `, ${servers.provisioning} on their way`;
  const least = saturated ? 'at least ' : '';
  const decides = bottleneck === undefined || bottleneck === 'cpu' ? '' : `, which ${RESOURCE[bottleneck]} decides`;
  const work = demand === null ? '' : ` That is work for ${least}${Math.round(demand * 10) / 10} servers${decides}.`;
  return {
    stage: 'observe',
    code: cpu === null ? 'no_metrics' : saturated ? 'saturated' : 'seen',
    before: null,
    after: current,
    reason: `Seen: ${metrics}${coming}.${work}`,
    data: {
      active: servers.active,
      provisioning: servers.provisioning,
      draining: servers.draining,
      cpu: round(cpu?.mean),
      memory: round(memory?.mean),
      request_rate: round(observation.requestRate),
      demand: round(demand),
      bottleneck: bottleneck ?? null,
      saturated,
      full: observation.full,
      warming: observation.warming,
      staleness_ms: stalenessMs,
    },
  };
}

function forecastOnlyStep({ kind, proposal: { desired, reason } }: Proposed, current: number): Step {
  const after = desired ?? current;
  return {
    stage: 'mode',
    policy: kind,
    code: 'forecast_only',
    before: current,
    after,
    reason: `${kind} only forecasts; it would ask for ${after} servers: ${reason}`,
  };
}

function windowShownStep({ name, minServers, maxServers }: OpenWindow, current: number): Step {
  const floor = minServers === undefined ? [] : [`no fewer than ${minServers}`];
  const ceiling = maxServers === undefined ? [] : [`no more than ${maxServers}`];
  const after = Math.max(minServers ?? 0, Math.min(maxServers ?? current, current));
  return {
    stage: 'mode',
    policy: 'schedule',
    code: 'forecast_only',
    before: current,
    after,
    reason: `schedule only forecasts; its window "${name}" would ask for ${[...floor, ...ceiling].join(' and ')} servers.`,
  };
}

/** The declared precedence: whoever asks for most servers; one that knows too little objects to removing any. */
function combine(proposals: readonly Proposed[], current: number, steps: Step[]): Verdict {
  if (proposals.length === 0) {
    return { count: current, asked: false, policy: 'none', code: 'no_policy', reason: 'No policy asks for a count.' };
  }
  const counted = proposals.map(({ kind, proposal }) => ({ kind, proposal, count: proposal.desired ?? current }));
  const winner = counted.reduce((best, other) => (other.count > best.count ? other : best));
  const { kind, proposal, count } = winner;
  if (counted.length > 1) {
    const all = counted.map((other) => `${other.kind} ${other.count}`).join(', ');
    steps.push({
      stage: 'combine',
      policy: kind,
      code: 'highest',
      before: current,
      after: count,
      reason: `Of ${all} the highest counts.`,
    });
  }
  return { count, asked: proposal.desired !== null, policy: kind, code: proposal.code, reason: proposal.reason };
}

/** Nothing acts on what it does not know. */
function keepWhatIsUnknown(verdict: Verdict, { observation }: TickInput, current: number, steps: Step[]): Verdict {
  if (verdict.count >= current || observation.fresh) return verdict;
  const { reporting, servers } = observation;
  const code = 'metrics_not_fresh';
  const heard = `${reporting} of ${servers.active} active servers can be heard: none is removed.`;
  steps.push({ stage: 'limit', code, before: verdict.count, after: current, reason: `Only ${heard}` });
  return { ...verdict, count: current, code, reason: joined(verdict.reason, `only ${heard}`) };
}

/** One sentence of two: what was wished and why, and what became of it. */
function joined(reason: string, clause: string): string {
  return `${reason.endsWith('.') ? reason.slice(0, -1) : reason}; ${clause}`;
}

function holdByHand(verdict: Verdict, hold: TickInput['hold'], now: number, steps: Step[]): Verdict {
  if (hold === null || now >= hold.until) return verdict;
  const seconds = Math.ceil((hold.until - now) / 1000);
  const reason = `${hold.by} holds the count at ${hold.desired} for another ${seconds} s.`;
  steps.push({ stage: 'hold', code: 'held_by_hand', before: verdict.count, after: hold.desired, reason });
  return { count: hold.desired, asked: true, policy: 'hold', code: 'held_by_hand', reason };
}

interface NamedBounds extends Bounds {
  readonly minFrom: string;
  readonly maxFrom: string;
}

/** Open windows of a schedule raise the floor or lower the ceiling; the cluster's own bounds are never left. */
function effectiveBounds(bounds: Bounds, openWindows: readonly OpenWindow[]): NamedBounds {
  let effective: NamedBounds = { ...bounds, minFrom: 'min_servers', maxFrom: 'max_servers' };
  for (const { name, maxServers } of openWindows) {
    if (maxServers !== undefined && maxServers < effective.max) {
      effective = { ...effective, max: Math.max(bounds.min, maxServers), maxFrom: `the window "${name}"` };
    }
  }
  // A floor outranks a ceiling: too many servers cost money, too few cost requests.
  for (const { name, minServers } of openWindows) {
    if (minServers !== undefined && minServers > effective.min) {
      effective = { ...effective, min: Math.min(bounds.max, minServers), minFrom: `the window "${name}"` };
    }
  }
  return effective.min > effective.max ? { ...effective, max: effective.min } : effective;
}

function bound(verdict: Verdict, { min, max, minFrom, maxFrom }: NamedBounds, steps: Step[]): Verdict {
  const { count } = verdict;
  if (count >= min && count <= max) return verdict;
  const after = count < min ? min : max;
  const code = count < min ? 'raised_to_min' : 'cut_to_max';
  const data = { bound: after, from: count < min ? minFrom : maxFrom };
  const reason =
    count < min
      ? `${count} servers would be fewer than ${min}, which ${minFrom} asks for.`
      : `${count} servers ${verdict.asked ? 'were wished' : 'are there'}, but ${maxFrom} allows ${max}.`;
  steps.push({ stage: 'bound', code, before: count, after, reason, data });
  return { ...verdict, count: after, code, reason: joined(verdict.reason, reason) };
}

function actionOf(current: number, desired: number): Action {
  if (desired > current) return 'SCALE_UP';
  return desired < current ? 'SCALE_DOWN' : 'MAINTAIN';
}

function round(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 100) / 100;
}
