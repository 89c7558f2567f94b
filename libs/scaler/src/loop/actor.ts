import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { refusesData } from '#database';
import { settle } from '#engine';
import type { Decision } from '#engine';
import { OutageGuard } from '../journal/outage-guard.js';
import { ScalingJournal } from '../journal/scaling-journal.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { judge } from '../scaling-events/scaling-event.js';
import { ScalingEventRepository } from '../scaling-events/scaling-event.repository.js';
import { countServers, isRefusal, ProviderError, ProviderSessions } from '#providers';
import { inBatches } from './batches.js';
import type { BatchOptions } from './batches.js';
import type { Backoff, Refusal } from './cluster-memory.js';
import { withhold } from './decide.js';
import { LoopLog } from './loop-log.js';
import { LOOP_OPTIONS } from './loop-options.js';
import type { Acted, DatabaseView, Decided } from './stages.js';
import { decisionRowOf } from './tick-writer.js';
import { followAsked, unique } from './tracking.js';
import { withheldStep, type WithheldData } from './withheld.sentences.js';

interface Wanted {
  readonly tick: Decided;
  readonly event: ScalingEvent;
}

/** A tick after its act; see `Acted`. */
type Done = Omit<Acted, 'onJournal'>;

interface Intended {
  /** Ids of intents that the database recorded; `null`: it is down. */
  readonly recorded: ReadonlySet<string> | null;
  /** Those that the journal has instead. */
  readonly journaled: readonly Wanted[];
}

/** Back-off after a refusal in milliseconds, doubled with each further refusal ... */
const BACKOFF_MS = 5000;
/** ... up to this limit. */
const LONGEST_BACKOFF_MS = 60_000;

/**
 * Carries decisions out. The intent is recorded before the provider is called: if the process dies in between, the
 * intent is still there, and the next poll shows whether the request was carried out. While the database is down,
 * additions are recorded in the journal.
 */
@Injectable()
export class Actor {
  constructor(
    @Inject(ProviderSessions) private readonly providers: Pick<ProviderSessions, 'setDesired'>,
    private readonly events: ScalingEventRepository,
    private readonly journal: ScalingJournal,
    private readonly guard: OutageGuard,
    private readonly clock: Clock,
    private readonly log: LoopLog,
    @Inject(LOOP_OPTIONS) private readonly options: BatchOptions,
  ) {}

  /** Yields ticks that need no action together with those that are done; see `inBatches`. */
  async *act(
    decided: readonly Decided[],
    signal: AbortSignal,
    database: DatabaseView,
  ): AsyncGenerator<readonly Acted[]> {
    const settled: Done[] = [];
    const wanted: Wanted[] = [];
    for (const tick of decided) {
      const { decision } = tick;
      const event = intentOf(tick);
      if (event === null) settled.push({ ...tick, event: null });
      else if (isHeldBack(tick, event)) {
        settled.push({ ...tick, decision: withhold(decision, 'backing_off', waiting(tick)), event: null });
      } else wanted.push({ tick, event });
    }
    const { recorded, journaled } = await this.intend(wanted, database);
    const isDown = wanted.length === 0 ? !database.isReadable : recorded === null;
    const acted = (done: Done): Acted => ({ ...done, onJournal: isDown && this.journal.holds(done.cluster.id) });
    if (wanted.length === 0) {
      yield settled.map(acted);
      return;
    }
    const ids = new Set(journaled.map(({ event }) => event.id));
    const allowed = [...journaled];
    for (const one of wanted) {
      if (recorded?.has(one.event.id) === true) allowed.push(one);
      else if (recorded !== null) settled.push(retired(one.tick));
      else if (!ids.has(one.event.id)) settled.push(unrecorded(one.tick, database.isReadable ? one.event : null));
    }
    // Ticks without action go through the same batches: they are delayed no longer than the others.
    yield* inBatches([...settled, ...allowed], this.options, async (item) =>
      acted('tick' in item ? await this.ask(item.tick, item.event, signal) : item),
    );
  }

  /** Stores the intents before they are carried out: in the database, or if that is down in the journal. */
  private async intend(wanted: readonly Wanted[], database: DatabaseView): Promise<Intended> {
    if (database.isReadable) {
      try {
        const recorded = await this.events.intend(wanted.map(({ tick, event }) => ({ event, fence: tick.fence })));
        return { recorded, journaled: [] };
      } catch (error) {
        this.log.problem('cannot record intents', error);
        if (refusesData(error)) return { recorded: null, journaled: [] };
      }
    }
    const additions = wanted
      .filter(({ tick }) => this.guard.allows(tick, database))
      .map(({ tick, event }) => ({ tick: { ...tick, decision: journaledDecision(tick.decision) }, event }));
    const entries = additions.map(({ tick, event }) => ({ event, decision: decisionRowOf(tick) }));
    const isStored = entries.length > 0 && (await this.journal.intend(entries));
    return { recorded: null, journaled: isStored ? additions : [] };
  }

  private async ask(tick: Decided, event: ScalingEvent, signal: AbortSignal): Promise<Done> {
    const { memory } = tick;
    try {
      const answer = await this.providers.setDesired(tick, event.desired, signal, event.reason);
      const { total } = countServers(unique(answer.servers));
      const outcome = judge(event, total, answer.desired);
      const { tracking, notes } = followAsked(memory.tracking, event.desired, answer, event.at);
      const error = outcome === 'failed' ? 'it changed no server' : null;
      const by = (tracking.desired ?? 0) - tick.decision.reference;
      const common = settle(memory.common, by, event.at, event.action === 'SCALE_DOWN');
      const next = { ...tick, notes: [...tick.notes, ...notes], memory: { ...memory, tracking, common } };
      const concluded = { ...event, serversAfter: total, outcome, error };
      return this.conclude(next, concluded, answer.desired === event.desired);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ProviderError && isRefusal(error)) {
        const serversAfter = tick.decision.listed;
        const refused = { ...event, serversAfter, outcome: 'failed', error: message } as const;
        return this.conclude(tick, refused, false, error.code);
      }
      // The outcome is unknown: the intent stays pending until the next poll of the provider.
      const unsure = { ...event, error: message };
      return { ...tick, memory: { ...memory, pending: [...memory.pending, unsure] }, event: unsure };
    }
  }

  /** @param accepted whether the provider now states the requested count as its own desired count */
  private conclude(tick: Decided, event: ScalingEvent, accepted: boolean, kind: Refusal['kind'] = null): Done {
    const at = this.clock.now();
    const waitsFor = waitsForAfter(event, accepted);
    let backoff: Backoff | null = null;
    if (waitsFor !== null) {
      const failures = (tick.memory.backoff?.failures ?? 0) + 1;
      const wait = Math.min(LONGEST_BACKOFF_MS, BACKOFF_MS * 2 ** (failures - 1));
      const refusal = event.error === null ? {} : { refusal: { error: event.error, kind } };
      backoff = { failures, until: at + wait, waitsFor, ...refusal };
    }
    return { ...tick, memory: { ...tick.memory, backoff }, event: { ...event, finishedAt: at } };
  }
}

/** What the next attempt waits for; `null` if the request is complete. */
function waitsForAfter(
  { action, outcome, desired, serversAfter }: ScalingEvent,
  accepted: boolean,
): NonNullable<Backoff['waitsFor']> | null {
  if (outcome === 'failed') return 'consent';
  if (outcome === 'partial' && !accepted) return action === 'SCALE_UP' ? 'rest' : 'consent';
  return action === 'SCALE_UP' && (serversAfter ?? desired) < desired ? 'delivery' : null;
}

/**
 * During back-off a provider that refused gets no request; one that accepted gets any request but the same scale-up
 * again.
 */
function isHeldBack({ memory: { backoff }, at, decision }: Decided, { action }: ScalingEvent): boolean {
  if (backoff === null || !isWithin(backoff, at)) return false;
  switch (backoff.waitsFor) {
    case 'delivery':
      return action === 'SCALE_UP' && decision.desired <= decision.reference;
    case 'rest':
      return action === 'SCALE_UP';
    case 'consent':
    case undefined:
      return true;
    default:
      return backoff.waitsFor satisfies never;
  }
}

function waiting({ memory: { backoff }, at, decision }: Decided): WithheldData<'backing_off'> {
  const { waitsFor = 'consent', failures, until, refusal } = backoff!;
  const { reference, listed } = decision;
  return {
    waits_for: waitsFor,
    failures,
    missing: reference - listed,
    reference,
    remaining_ms: until - at,
    error: refusal?.error ?? null,
    refusal: refusal?.kind ?? null,
  };
}

/** The intent for a decision; `null` when there is nothing to carry out. */
function intentOf({ decision, decisionId, cluster, at }: Decided): ScalingEvent | null {
  const { action, mode, current, desired, policy, code, reason } = decision;
  if (action === 'MAINTAIN' || mode !== 'act') return null;
  return {
    id: decisionId,
    clusterId: cluster.id,
    at,
    finishedAt: null,
    action,
    serversBefore: current,
    serversAfter: null,
    desired,
    policy,
    code,
    reason,
    outcome: 'pending',
    error: null,
  };
}

/** The steps of a decision that the database records later say so. */
function journaledDecision(decision: Decision): Decision {
  const { desired, steps } = decision;
  return { ...decision, steps: [...steps, withheldStep('act', 'journaled', desired, desired, undefined)] };
}

/** A remaining wait above the limit means that the clock was set back since; the back-off is over. */
function isWithin({ until }: { readonly until: number }, now: number): boolean {
  return now < until && until - now <= LONGEST_BACKOFF_MS;
}

function retired(tick: Decided): Done {
  return { ...tick, decision: withhold(tick.decision, 'cluster_retired', undefined), event: null };
}

/** @param doubtful the intent that may have been recorded although the write failed; `null` if none was tried */
function unrecorded(tick: Decided, doubtful: ScalingEvent | null): Done {
  const decision = withhold(tick.decision, 'database_unreachable', undefined);
  if (doubtful === null) return { ...tick, decision, event: null };
  // If the intent was stored after all, this closes it.
  const closed: ScalingEvent = {
    ...doubtful,
    finishedAt: tick.at,
    outcome: 'failed',
    error: 'not requested: the database could not record the intent',
  };
  return { ...tick, decision, resolved: [...tick.resolved, closed], event: null };
}
