import type { Observation, Step, Summary, ThresholdPolicy } from '../types.js';
import type { ProposeContext, Proposer } from './proposer.js';
import { isPoint, type Point, projectedValue } from './trend.js';

/** Load that was not known for so many intervals was not high, or low, without interruption. */
const INTERRUPTED_AFTER = 3;

/** Enough for a trend; with shorter intervals the window holds every so many ticks. */
const HISTORY_KEPT = 60;

interface ThresholdState {
  /** Since when load has been high, or low, without interruption. */
  readonly highSince: number | null;
  readonly lowSince: number | null;
  /** When load was last known: what is not looked at for a while is not uninterrupted. */
  readonly seenAt: number | null;
  /** Mean CPU of late ticks, oldest first. */
  readonly history: readonly Point[];
}

/** How loaded the cluster is by the policy's rules. */
interface Finding {
  readonly load: 'emergency' | 'spike' | 'high' | 'low' | 'normal';
  readonly reason: string;
}

/** The classic rules: thresholds that must be crossed for a while, trend, spike, emergency, steps and cooldowns. */
export const proposeThreshold: Proposer<ThresholdPolicy> = (policy, context, stored) => {
  const { observation, current, now } = context;
  const { cpu, memory } = observation;
  const before = readState(stored);
  if (cpu === null) {
    const reason = 'CPU is not known, so this policy asks for nothing.';
    const step = propose(current, current, 'metrics_missing', reason);
    return { desired: null, code: 'metrics_missing', reason, steps: [step], state: before };
  }
  // Nothing can be said of how long load was high by a clock that was set back.
  const interrupted =
    before.seenAt === null || now < before.seenAt || now - before.seenAt > INTERRUPTED_AFTER * context.intervalMs;
  const history = remember(before.history, { at: now, value: cpu.mean }, policy);
  const finding = find(policy, observation, cpu, memory, history, now);
  const isHigh = finding.load === 'emergency' || finding.load === 'spike' || finding.load === 'high';
  const state: ThresholdState = {
    highSince: isHigh ? ((interrupted ? null : before.highSince) ?? now) : null,
    lowSince: finding.load === 'low' ? ((interrupted ? null : before.lowSince) ?? now) : null,
    seenAt: now,
    history,
  };
  const proposed = act(policy, context, finding, state);
  const cooled = coolDown(policy, context, finding, proposed);
  const steps = cooled === null ? [proposed] : [proposed, cooled];
  const last = steps.at(-1) ?? proposed;
  return { desired: last.after, code: last.code, reason: last.reason, steps, state };
};

function find(
  policy: ThresholdPolicy,
  observation: Observation,
  cpu: Summary,
  memory: Summary | null,
  history: readonly Point[],
  now: number,
): Finding {
  const seen = `CPU is ${percent(cpu.mean)} and memory ${memory === null ? 'unknown' : percent(memory.mean)}`;
  const used = memory?.mean ?? 0;
  if (cpu.mean >= policy.emergency || used >= policy.emergency) {
    return { load: 'emergency', reason: `${seen}: at or above ${percent(policy.emergency)} is an emergency` };
  }
  const rise = cpu.mean - lowestWithin(history, now - policy.spikeWindowMs);
  if (policy.spikeWindowMs > 0 && rise >= policy.spikePoints) {
    return {
      load: 'spike',
      reason: `CPU rose by ${Math.round(rise)} points to ${percent(cpu.mean)} within ${seconds(policy.spikeWindowMs)}`,
    };
  }
  if (cpu.mean > policy.cpuHigh || used > policy.memoryHigh) {
    return { load: 'high', reason: `${seen}: above ${percent(policy.cpuHigh)} or ${percent(policy.memoryHigh)}` };
  }
  const projected = policy.trendWindowMs > 0 ? projectedValue(history, now + policy.trendWindowMs) : null;
  if (projected !== null && projected > policy.cpuHigh && cpu.mean > policy.cpuLow) {
    return {
      load: 'high',
      reason: `CPU is ${percent(cpu.mean)} and rising: above ${percent(policy.cpuHigh)} within ${seconds(policy.trendWindowMs)}`,
    };
  }
  const { cpu: heard, memory: heardMemory } = observation.reportingBy;
  const isMemoryLow = memory === null || cautious(observation, memory.mean, heardMemory) < policy.memoryLow;
  if (cautious(observation, cpu.mean, heard) < policy.cpuLow && isMemoryLow) {
    return { load: 'low', reason: `${seen}: below ${percent(policy.cpuLow)} and ${percent(policy.memoryLow)}` };
  }
  return { load: 'normal', reason: `${seen}: between the thresholds` };
}

/** The mean if every server that cannot be heard were fully used: silence is no reason to remove anything. */
function cautious({ servers }: Observation, mean: number, heard: number): number {
  const silent = Math.max(0, servers.active - heard);
  return (mean * heard + 100 * silent) / (heard + silent);
}

/** What the finding asks for, cooldowns aside. */
function act(
  policy: ThresholdPolicy,
  { current, observation, now }: ProposeContext,
  { load, reason }: Finding,
  state: ThresholdState,
): Step {
  switch (load) {
    case 'emergency':
      // Counted from the servers that carry load: those on their way were asked for in the same emergency.
      return propose(
        current,
        Math.max(current, observation.servers.active + policy.emergencyStep),
        'emergency',
        `${reason}.`,
      );
    case 'spike':
      return propose(current, current + policy.scaleUpStep, 'spike', `${reason}.`);
    case 'high': {
      const left = policy.sustainedHighMs - (now - (state.highSince ?? now));
      return left > 0
        ? propose(
            current,
            current,
            'high_not_sustained',
            `${reason}, but not yet for ${seconds(policy.sustainedHighMs)}.`,
          )
        : propose(
            current,
            current + policy.scaleUpStep,
            'high',
            `${reason} for ${seconds(now - (state.highSince ?? now))}.`,
          );
    }
    case 'low': {
      if (observation.servers.provisioning > 0)
        return propose(current, current, 'still_provisioning', `${reason}, but servers are still on their way.`);
      const left = policy.sustainedLowMs - (now - (state.lowSince ?? now));
      return left > 0
        ? propose(
            current,
            current,
            'low_not_sustained',
            `${reason}, but not yet for ${seconds(policy.sustainedLowMs)}.`,
          )
        : propose(
            current,
            Math.max(0, current - policy.scaleDownStep),
            'low',
            `${reason} for ${seconds(now - (state.lowSince ?? now))}.`,
          );
    }
    case 'normal':
      return propose(current, current, 'normal', `${reason}.`);
    default:
      return load satisfies never;
  }
}

/** `null` where no cooldown stands in the way. */
function coolDown(
  policy: ThresholdPolicy,
  { current, engine, now }: ProposeContext,
  { load }: Finding,
  proposed: Step,
): Step | null {
  if (proposed.after === current || load === 'emergency') return null;
  const up = proposed.after > current;
  const since = up
    ? engine.lastScaleUpAt
    : latest(latest(engine.lastScaleUpAt, engine.lastScaleDownAt), engine.lastExternalAt ?? null);
  const cooldown = up ? policy.cooldownUpMs : policy.cooldownDownMs;
  if (since === null || now - since >= cooldown) return null;
  return {
    stage: 'cooldown',
    policy: 'threshold',
    code: up ? 'cooldown_up' : 'cooldown_down',
    before: proposed.after,
    after: current,
    reason: `The last scaling was ${seconds(now - since)} ago; the next ${up ? 'up' : 'down'} may come after ${seconds(cooldown)}.`,
    data: { elapsed_ms: now - since, cooldown_ms: cooldown },
  };
}

function propose(before: number, after: number, code: string, reason: string): Step {
  return { stage: 'propose', policy: 'threshold', code, before, after, reason };
}

function remember(history: readonly Point[], point: Point, policy: ThresholdPolicy): readonly Point[] {
  const window = Math.max(policy.trendWindowMs, policy.spikeWindowMs);
  const kept = history.filter(({ at }) => at > point.at - window && at < point.at);
  const newest = kept.at(-1);
  // Points closer together than the history has room for would push the beginning of the window out.
  if (newest !== undefined && kept.length >= 2 && newest.at - (kept.at(-2)?.at ?? 0) < window / HISTORY_KEPT)
    kept.pop();
  return [...kept, point].slice(-HISTORY_KEPT);
}

function lowestWithin(history: readonly Point[], since: number): number {
  return history.reduce(
    (lowest, { at, value }) => (at >= since ? Math.min(lowest, value) : lowest),
    Number.POSITIVE_INFINITY,
  );
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function readState(stored: unknown): ThresholdState {
  const { highSince, lowSince, seenAt, history } = (stored ?? {}) as Partial<Record<keyof ThresholdState, unknown>>;
  return {
    highSince: timeOrNull(highSince),
    lowSince: timeOrNull(lowSince),
    seenAt: timeOrNull(seenAt),
    history: Array.isArray(history) ? history.filter(isPoint) : [],
  };
}

function timeOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
