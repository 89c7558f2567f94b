import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Cluster } from '#clusters';
import { TARGET_TRACKING_DEFAULTS } from '#engine';
import type { Decision, Policy, Sample, ServerState } from '#engine';
import type { ScalingEventRepository } from '../src/scaling-events/scaling-event.repository.js';
import { ProviderError } from '#providers';
import type { ProviderState } from '#providers';
import { configOf } from '#config';
import { OutageGuard } from '../src/journal/outage-guard.js';
import type { ScalingJournal } from '../src/journal/scaling-journal.js';
import { Actor } from '../src/loop/actor.js';
import { committed, emptyMemory } from '../src/loop/cluster-memory.js';
import { decideCluster, observeCluster } from '../src/loop/decide.js';
import type { LoopLog } from '../src/loop/loop-log.js';
import type { Acted, Observed } from '../src/loop/stages.js';
import { PLAIN_THRESHOLD } from './plain-threshold.js';

/** A step of `slo` is a minute; with ticks of a minute the history is longer than its window. */
const intervalOf = ({ slo }: Policy): number => (slo === undefined ? 15_000 : 60_000);
const START = Date.UTC(2026, 0, 5);
const BOUNDS = { min: 1, max: 40 };
const WINDOW_MS = 60_000;
const SLO_WINDOW_MS = 300_000;
const COOLDOWN_MS = 45_000;
const HISTORIES = 10_000;
const { scaler: SCALER } = configOf({});

const THRESHOLD = {
  ...PLAIN_THRESHOLD,
  emergency: 96,
  scaleUpStep: 2,
  scaleDownStep: 3,
  emergencyStep: 4,
  cooldownUpMs: 15_000,
  cooldownDownMs: COOLDOWN_MS,
};
const TRACKING: Policy = {
  targetTracking: {
    ...TARGET_TRACKING_DEFAULTS,
    metrics: [{ metric: 'cpu', target: 60 }],
    scaleDownStabilizationMs: WINDOW_MS,
  },
  mode: 'act',
};
/** Fast policies twice: a tick of `slo` costs as much as twenty of theirs. */
const POLICIES: readonly Policy[] = [
  TRACKING,
  TRACKING,
  { threshold: THRESHOLD, mode: 'act' },
  { threshold: THRESHOLD, mode: 'act' },
  { ...TRACKING, threshold: THRESHOLD },
  { slo: { violations: 0.01, maxUtilization: 0.9, maxActionsPerDay: null }, mode: 'act' },
];

/** What happens between two ticks, what the provider then lists, and how it answers a request. */
interface Moment {
  readonly happens: { readonly kind: 'nothing' | 'crash' | 'reset'; readonly count: number };
  readonly lists: {
    readonly kind: 'whole' | 'short' | 'none' | 'twice' | 'flapping' | 'error';
    readonly count: number;
  };
  readonly takes: 'at once' | 'in part' | 'late' | 'and fails after it' | 'not at all' | 'and refuses';
  readonly cpu: number;
  /** Share of active servers that report. */
  readonly heard: number;
  /** Whether a part of the metrics could not be read. */
  readonly partial: boolean;
  readonly database: 'up' | 'down' | 'lost with the intent' | 'down for too long';
}

const moments: fc.Arbitrary<Moment> = fc.record({
  happens: fc.record({
    kind: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'crash', 'reset'),
    count: fc.integer({ min: 1, max: 12 }),
  }),
  lists: fc.record({
    kind: fc.constantFrom('whole', 'whole', 'whole', 'short', 'none', 'twice', 'flapping', 'error'),
    count: fc.integer({ min: 1, max: 9 }),
  }),
  takes: fc.constantFrom('at once', 'at once', 'in part', 'late', 'and fails after it', 'not at all', 'and refuses'),
  cpu: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(2, 5, 99)),
  heard: fc.constantFrom(1, 1, 1, 0.9, 0.8, 0.5, 0),
  partial: fc.constantFrom(false, false, false, false, true),
  database: fc.constantFrom('up', 'up', 'up', 'up', 'down', 'lost with the intent', 'down for too long'),
});

const histories = fc.record({
  policy: fc.constantFrom(...POLICIES),
  servers: fc.integer({ min: 1, max: 20 }),
  /** Whether the provider states its own desired count. */
  states: fc.boolean(),
  moments: fc.array(moments, { minLength: 3, maxLength: 14 }),
});

/** A provider that behaves as the moment says. */
class Provider {
  moment: Moment | null = null;
  /** Counts that were sent, without refused ones. */
  readonly sent: number[] = [];
  private readonly ids: string[] = [];
  private desired: number;
  private born = 0;
  private late: number | null = null;

  constructor(
    count: number,
    private readonly states: boolean,
  ) {
    this.desired = count;
    this.become(count);
  }

  /** Time passes; a late request is carried out now. */
  pass({ happens }: Moment): void {
    if (this.late !== null) this.become(this.late);
    this.late = null;
    if (happens.kind === 'crash') this.ids.splice(0, happens.count);
    if (happens.kind === 'reset') {
      this.desired = happens.count;
      this.become(happens.count);
    }
  }

  listed(): ProviderState {
    const { kind, count } = this.moment?.lists ?? { kind: 'whole', count: 0 };
    const all = this.ids.map((id) => ({ id, state: 'ACTIVE' as ServerState }));
    const desired = this.states ? this.desired : null;
    switch (kind) {
      case 'short':
        return { servers: all.slice(count), desired };
      case 'none':
        return { servers: [], desired };
      case 'twice':
        return { servers: [...all, ...all.slice(0, count)], desired };
      case 'flapping': {
        const states: ServerState[] = ['DRAINING', 'PROVISIONING', 'TERMINATED'];
        const servers = all.map((server, index) => (index < count ? { ...server, state: states[index % 3]! } : server));
        return { servers, desired };
      }
      case 'whole':
      case 'error':
        return { servers: all, desired };
      default:
        return kind satisfies never;
    }
  }

  async setDesired(_cluster: unknown, desired: number): Promise<ProviderState> {
    await Promise.resolve();
    const takes = this.moment?.takes ?? 'at once';
    if (takes === 'and refuses') throw new ProviderError('refused', 'no capacity');
    this.sent.push(desired);
    if (takes === 'not at all') throw new ProviderError('unreachable', 'no answer');
    const more = desired - this.ids.length;
    this.desired = desired;
    if (takes === 'late') this.late = desired;
    else this.become(takes === 'in part' && more > 0 ? this.ids.length + Math.floor(more / 2) : desired);
    if (takes === 'and fails after it') throw new ProviderError('unreachable', '500');
    return this.listed();
  }

  samples(servers: Observed['memory']['tracking']['servers'], { cpu, heard }: Moment, at: number): Sample[] {
    const active = servers.filter(({ state }) => state === 'ACTIVE');
    return active
      .slice(0, Math.floor(heard * active.length))
      .map(({ id }) => ({ serverId: id, at, cpu, memory: 20, requestRate: cpu }));
  }

  private become(count: number): void {
    while (this.ids.length < count) this.ids.push(`s${(this.born += 1)}`);
    this.ids.length = count;
  }
}

interface Tick extends Acted {
  /** The last count sent before this tick; `null`: none. */
  readonly sentBefore: number | null;
  readonly sentNow: number | null;
  readonly database: Moment['database'];
}

async function play({
  policy,
  servers,
  states,
  moments: all,
}: typeof histories extends fc.Arbitrary<infer T> ? T : never) {
  let now = START;
  const intervalMs = intervalOf(policy);
  const provider = new Provider(servers, states);
  const cluster = clusterOf(policy);
  let before = emptyMemory(cluster, now);
  let isLost = false;
  const events = {
    intend: async (intents: readonly { readonly event: { readonly id: string } }[]) => {
      if (isLost) throw new Error('Connection terminated unexpectedly');
      return Promise.resolve(new Set(intents.map(({ event }) => event.id)));
    },
  } as unknown as ScalingEventRepository;
  const clock = { now: () => now } as never;
  const journal = { intend: async () => Promise.resolve(true), holds: () => true } as unknown as ScalingJournal;
  const held = { fenceOf: () => null, isConfirmed: () => true };
  const guard = new OutageGuard(held, { guardsCount: () => true }, clock, { scaler: SCALER });
  const log = { problem: () => undefined, alert: () => undefined } as unknown as LoopLog;
  const actor = new Actor(provider, events, journal, guard, clock, log, { limit: 1, patienceMs: 60_000 });
  const ticks: Tick[] = [];
  for (const moment of all) {
    now += intervalMs;
    provider.moment = moment;
    provider.pass(moment);
    const state = moment.lists.kind === 'error' ? new ProviderError('unreachable', '503') : provider.listed();
    const listed = state instanceof Error ? before.tracking.servers : state.servers;
    const samples = provider.samples(
      listed.map(({ id, state: is }) => ({ id, state: is, askedAt: null, activeAt: null })),
      moment,
      now,
    );
    const started = { cluster, fence: null, intervalMs, before };
    const collected = {
      ...started,
      provider: state,
      blocked: null,
      theirs: null,
      samples,
      totals: null,
      maxCpuPercent: null,
      late: null,
      metricsError: null,
      incomplete: moment.partial ? 'query demand: no data' : null,
    };
    const decided = decideCluster(observeCluster(collected, now, 3 * intervalMs));
    const sentBefore = provider.sent.at(-1) ?? null;
    const count = provider.sent.length;
    const { database } = moment;
    isLost = database === 'lost with the intent';
    const age = database === 'down for too long' ? SCALER.journalLimit + 1 : intervalMs;
    const view = { isReadable: database === 'up' || isLost, knownAt: now - age };
    for await (const batch of actor.act([decided], new AbortController().signal, view)) {
      for (const acted of batch) {
        before = committed(before, acted.before, acted.memory);
        const sentNow = provider.sent.length > count ? provider.sent.at(-1)! : null;
        ticks.push({ ...acted, sentBefore, sentNow, database });
      }
    }
  }
  return ticks;
}

function clusterOf(policy: Policy): Cluster {
  return {
    id: '019b8f4a-2c00-7c1e-9d6f-0f9f4a3c2b1d',
    ownerId: 'o',
    name: 'web',
    bounds: BOUNDS,
    policy,
    candidate: null,
    provider: { type: 'in_process' },
    config: { intervalMs: intervalOf(policy) },
    status: 'active',
    statusReason: null,
    conflictsWith: null,
    hold: null,
    createdAt: 0,
    updatedAt: 0,
    deletedAt: null,
  };
}

/** The rules of docs/invariants.md; returns the violations. */
function broken(ticks: readonly Tick[]): string[] {
  const faults: string[] = [];
  const recommended: { readonly at: number; readonly count: number }[] = [];
  let changedAt = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const { decision, observation, incomplete, memory, before, provider, sentBefore, sentNow, at } = tick;
    const say = (rule: string): void => void faults.push(`${rule}: ${decision.code} ${decision.reason}`);
    const { action, reference, desired, listed, current } = decision;
    if (!isChain(decision)) say('the sum of steps equals the outcome');
    if ((action === 'MAINTAIN') !== (desired === current)) say('MAINTAIN changes nothing');
    const isStepping = decision.code === 'in_steps';
    const bounded = reference >= BOUNDS.min && reference <= BOUNDS.max;
    if (action !== 'MAINTAIN' && !isStepping && (desired < BOUNDS.min || desired > BOUNDS.max)) say('the bounds hold');
    const removes = bounded && desired < reference;
    const since = memory.tracking.short?.since ?? null;
    if (removes && listed < reference && (since === null || at - since < 300_000)) say('no removal on a short list');
    if (removes && !(observation!.reportingBy.cpu > 0.8 * observation!.servers.active)) say('no removal unheard');
    if (removes && incomplete !== null) say('no removal on a part of the metrics');
    const stated = provider instanceof Error ? null : provider.desired;
    if (action === 'SCALE_UP' && sentNow !== null) {
      const floor = Math.min(BOUNDS.max, stated ?? sentBefore ?? 0);
      if (sentNow < floor) say(`a SCALE_UP sends ${sentNow}, no less than ${floor}`);
    }
    if (tick.database !== 'up' && sentNow !== null) {
      const highest = Math.max(reference, listed, stated ?? 0);
      if (action !== 'SCALE_UP' || sentNow < highest) say('without the database servers are only added');
      if (tick.database === 'down for too long') say('nothing is carried out on outdated definitions');
    }
    const drifted = tick.notes.some(({ kind }) => kind === 'drift');
    if (drifted) changedAt = at;
    const own = decision.steps.filter(({ aside, policy }) => aside !== true && policy === decision.policy);
    if (removes && decision.policy === 'threshold' && at - changedAt < COOLDOWN_MS)
      say('no removal within cooldown_down');
    const windowMs = decision.policy === 'slo' ? SLO_WINDOW_MS : WINDOW_MS;
    const propose = decision.steps.findLast(({ stage, policy }) => stage === 'propose' && hasWindow(policy));
    if (propose !== undefined && propose.code !== 'metrics_missing') recommended.push({ at, count: propose.after });
    if (removes && hasWindow(decision.policy) && own.length > 0) {
      const window = recommended.filter((one) => one.at > at - windowMs);
      const earlier = window.filter((one) => one.at < at);
      if (desired < Math.max(...window.map(({ count }) => count))) say('never below the highest of the window');
      if (earlier.length === 0) say('an empty window starts with the current count');
    }
    const isChanged = before.tracking.desired !== null && memory.tracking.desired !== before.tracking.desired;
    // A result found out later counts from the time of its request.
    for (const event of isChanged ? tick.resolved : []) changedAt = Math.max(changedAt, event.at);
    if (sentNow !== null && memory.tracking.desired !== reference) changedAt = at;
  }
  return faults;
}

function hasWindow(policy: string | undefined): boolean {
  return policy === 'target_tracking' || policy === 'slo';
}

function isChain({ steps, listed, desired }: Decision): boolean {
  const [first, ...rest] = steps.filter(({ aside }) => aside !== true);
  if (first?.stage !== 'observe' || first.before !== null || first.after !== listed) return false;
  let count = listed;
  for (const { before, after } of rest) {
    if (before !== count) return false;
    count = after;
  }
  return count === desired;
}

describe('regardless of what a provider lists, grants, loses or rejects, and of what is reported,', () => {
  it(`the rules of docs/invariants.md hold (${HISTORIES} histories)`, async () => {
    const removals = new Set<string>();
    let additions = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const ticks = await play(history);
        expect(broken(ticks)).toEqual([]);
        for (const { decision } of ticks) if (decision.action === 'SCALE_DOWN') removals.add(decision.policy);
        additions += ticks.filter(({ database, sentNow }) => database !== 'up' && sentNow !== null).length;
      }),
      { numRuns: HISTORIES },
    );
    // Rules about removals mean nothing without removals.
    expect([...removals]).toEqual(expect.arrayContaining(['slo', 'target_tracking', 'threshold']));
    expect(additions).toBeGreaterThan(HISTORIES / 100);
  }, 300_000);
});
