import type { MetricName, Sample, Step, TargetTrackingPolicy } from '../types.js';
import type { ProposeContext, Proposer } from './proposer.js';
import {
  highestSince,
  lowestSince,
  type Recommendation,
  recommendationsFrom,
  recommended,
  remember,
  startedAt,
} from './recommendations.js';
import { type MetricReading, type ReplicaProposal, replicasFor } from './replica-calculator.js';
import { scaleDownLimit, scaleUpLimit } from './scaling-rules.js';
import { behindOf, headed, headlineOf } from '../words.js';
import { step } from './target-tracking.sentences.js';

const MINUTE_MS = 60_000;
const PERIOD_MS = 15_000;
/** Initial readiness delay of the HPA, and the period that one of its CPU readings covers. */
const READINESS_DELAY_MS = 30_000;

/** Defaults of the Kubernetes HPA v2 (`behavior` of the HorizontalPodAutoscaler API). */
export const TARGET_TRACKING_DEFAULTS: Omit<TargetTrackingPolicy, 'metrics'> = {
  tolerance: 0.1,
  scaleUpStabilizationMs: 0,
  scaleDownStabilizationMs: 5 * MINUTE_MS,
  scaleUp: {
    select: 'max',
    rules: [
      { type: 'percent', value: 100, periodMs: PERIOD_MS },
      { type: 'servers', value: 4, periodMs: PERIOD_MS },
    ],
  },
  scaleDown: { select: 'max', rules: [{ type: 'percent', value: 100, periodMs: PERIOD_MS }] },
};

interface TargetTrackingState {
  readonly recommendations: readonly Recommendation[];
}

interface MetricProposal extends ReplicaProposal {
  readonly metric: MetricName;
  readonly target: number;
  /** Servers in the mean. */
  readonly counted: number;
}

/** The Kubernetes HPA v2: compute, stabilize, limit the rate. */
export const proposeTargetTracking: Proposer<TargetTrackingPolicy> = (policy, context, stored) => {
  const { current } = context;
  const { best, invalid } = reckon(policy, context);
  if (best === null || (invalid.length > 0 && best.desired < current)) {
    const data = { missing: invalid.join(','), others: best !== null };
    const kept = step('propose', 'metrics_missing', current, current, data);
    const { code, reason } = kept;
    return { desired: null, code, reason, explanation: reason, steps: [kept], state: stored ?? {} };
  }
  const proposed = proposeStep(best, current);
  const windows = { upMs: policy.scaleUpStabilizationMs, downMs: policy.scaleDownStabilizationMs };
  const recommendations = remember(recommendationsOf(stored), best.desired, current, windows, context);
  const stabilized = stabilize(policy, recommendations, best.desired, context);
  const limited = limitRate(policy, context, stabilized.after);
  const steps = [proposed, stabilized, limited].filter((one) => one.before !== one.after || one === proposed);
  const last = steps.at(-1) ?? proposed;
  return {
    desired: last.after,
    code: last.code,
    reason:
      last === proposed ? proposed.reason : headed(headlineOf(last.reason), behindOf(last.reason), proposed.reason),
    explanation: proposed.reason,
    steps,
    state: { recommendations } satisfies TargetTrackingState,
  };
};

/** Several metrics: the one with the highest proposal. */
function reckon(
  policy: TargetTrackingPolicy,
  context: ProposeContext,
): { best: MetricProposal | null; invalid: MetricName[] } {
  const { current } = context;
  let best: MetricProposal | null = null;
  const invalid: MetricName[] = [];
  for (const { metric, target } of policy.metrics) {
    const reading = readingOf(metric, context);
    // A silent server is assumed to be full or, for a metric without a maximum, to be on target.
    const proposal = replicasFor(
      reading,
      target,
      current,
      policy.tolerance,
      metric === 'request_rate' ? target : Math.max(100, target),
    );
    if (proposal === null) invalid.push(metric);
    else if (best === null || proposal.desired > best.desired)
      best = { ...proposal, metric, target, counted: reading.values.length };
  }
  return { best, invalid };
}

/** `groupPods`: ready servers with the metric, servers without it, and servers that are not ready. */
function readingOf(metric: MetricName, { observation, current }: ProposeContext): MetricReading {
  const { samples, servers } = observation;
  const known = samples.filter((sample) => valueOf(sample, metric) !== null);
  const ready = metric === 'cpu' ? readyOf(known) : known;
  // Requested servers that are not listed are pending, like provisioning ones.
  const coming = Math.max(servers.provisioning, current - servers.active);
  return {
    values: ready.flatMap((sample) => valueOf(sample, metric) ?? []),
    missing: servers.active - known.length,
    unready: coming + known.length - ready.length,
  };
}

/**
 * The servers whose CPU is load and not start-up work. The HPA requires that a reading covers only time after the
 * server became ready; we require that the server is past its warm-up. A rule that no server meets, as in a new
 * cluster, is skipped.
 */
function readyOf(known: readonly Sample[]): readonly Sample[] {
  const covered = known.filter(({ ageMs }) => ageMs === undefined || ageMs >= READINESS_DELAY_MS);
  const warm = covered.filter(({ warming }) => warming !== true);
  return [warm, covered].find(({ length }) => length > 0) ?? known;
}

function valueOf(sample: Sample, metric: MetricName): number | null {
  switch (metric) {
    case 'cpu':
      return sample.cpu;
    case 'memory':
      return sample.memory;
    case 'request_rate':
      return sample.requestRate;
    default:
      return metric satisfies never;
  }
}

function proposeStep(
  { metric, target, ratio, measured, counted, desired, code }: MetricProposal,
  current: number,
): Step {
  const data = { metric, value: round(measured), target, ratio: round(ratio), counted, servers: current };
  return step('propose', code, current, desired, data);
}

/**
 * `stabilizeRecommendationWithBehaviors`: down only to the highest, up only to the lowest recommendation of the window.
 */
function stabilize(
  { scaleUpStabilizationMs: upMs, scaleDownStabilizationMs: downMs }: TargetTrackingPolicy,
  recommendations: readonly Recommendation[],
  desired: number,
  { current, now }: ProposeContext,
): Step {
  const lowest = lowestSince(recommendations, now - upMs, desired);
  const highest = highestSince(recommendations, now - downMs, desired);
  const after = Math.min(Math.max(current, lowest), highest);
  const isUp = after < desired;
  const windowMs = isUp ? upMs : downMs;
  const since = now - windowMs;
  const wanted = recommended(recommendations);
  const isByStart = isUp ? after < lowestSince(wanted, since, desired) : after > highestSince(wanted, since, desired);
  const start = isByStart ? startedAt(recommendations, since) : null;
  return step('stabilise', isUp ? 'stabilised_up' : 'stabilised_down', desired, after, {
    window_ms: windowMs,
    recommended: isUp ? lowest : highest,
    watched_ms: start === null ? null : now - start,
    current,
  });
}

/** `convertDesiredReplicasWithBehaviorRate`. */
function limitRate(
  policy: TargetTrackingPolicy,
  { current, engine, now, intervalMs }: ProposeContext,
  desired: number,
): Step {
  if (desired > current) {
    const after = Math.min(desired, scaleUpLimit(current, engine.changes, policy.scaleUp, now, intervalMs));
    return step('limit', 'scale_up_rate', desired, after, undefined);
  }
  const after = Math.max(desired, scaleDownLimit(current, engine.changes, policy.scaleDown, now, intervalMs));
  return step('limit', 'scale_down_rate', desired, after, undefined);
}

function recommendationsOf(stored: unknown): readonly Recommendation[] {
  const { recommendations } = (stored ?? {}) as Partial<Record<keyof TargetTrackingState, unknown>>;
  return recommendationsFrom(recommendations);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
