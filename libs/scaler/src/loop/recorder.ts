import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { policyToWire } from '#clusters';
import { sqlStateOf } from '#database';
import { leadTimeFrom, modelOf, plural } from '#engine';
import type { ObservationRow, ObservationStore, SampleRow, SampleStore } from '#metrics';
import type { DecisionRow, DecisionStore } from '../decisions/decision.store.js';
import type { ForecastRow, ForecastStore } from '../forecasts/forecast.store.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import type { ScalingEventStore } from '../scaling-events/scaling-event.store.js';
import type { Fence, PartitionStore } from '#partitions';
import { fencesOf } from '#partitions';
import type { AlertNotice, AlertOutbox } from '../webhooks/alert-outbox.js';
import { messageOf } from './alert.sentences.js';
import type { ClusterModelRow, ClusterModelStore } from './cluster-model.store.js';
import type { ClusterStateRow, ClusterStateStore, ClusterStatusRow } from './cluster-state.store.js';
import type { FailedTick, TickRecord } from './stages.js';

/** One tick of one cluster, and of its rows those that are not made when they are written. */
interface Written {
  readonly tick: TickRecord;
  readonly state: ClusterStateRow;
  /** `null`: not this time. */
  readonly model: ClusterModelRow | null;
  readonly notices: readonly AlertNotice[];
}

interface Batch {
  readonly records: readonly Written[];
  /** The connection was lost while it was written: it may be there although nobody said so. */
  doubtful: boolean;
}

/** What another instance has taken over since. */
interface Stale {
  readonly fences: readonly Fence[];
  readonly writes: number;
}

export interface RecorderStatus {
  /** Whether the last attempt to write succeeded. */
  readonly writable: boolean;
  /** Cluster-ticks that wait to be written. */
  readonly waiting: number;
  /** Cluster-ticks that were given up since the start. */
  readonly dropped: number;
}

export interface RecorderStores {
  readonly samples: SampleStore;
  readonly observations: ObservationStore;
  readonly decisions: DecisionStore;
  readonly forecasts: ForecastStore;
  readonly states: ClusterStateStore;
  readonly models: ClusterModelStore;
  readonly events: ScalingEventStore;
  readonly partitions: PartitionStore;
  readonly outbox: Pick<AlertOutbox, 'write'>;
}

/** What a tick that failed leaves behind. */
interface FailedRow extends Pick<ClusterStateRow, 'clusterId' | 'alerts'>, Leftover {}

/** What is kept of a tick that was dropped: what came of its intents, or the alerts that it began and ended. */
interface Leftover {
  readonly clusterId: string;
  readonly fence: Fence | null;
  readonly events: readonly ScalingEvent[];
  readonly notices: readonly AlertNotice[];
}

/**
 * Writes ticks: one transaction per batch and in it one statement per table. What cannot be written while the database
 * is away waits, oldest first, up to a bound; what is over the bound is dropped from the oldest on, counted and told.
 */
export class Recorder {
  private waiting: Batch[] = [];
  private waitingTicks = 0;
  private dropped = 0;
  private writable = true;
  /** Of dropped ticks: small, and kept longer than ticks, up to the same number of either kind. */
  private leftovers: Leftover[] = [];
  /** Clusters whose tracking was dropped with a tick, so that the next one writes it whether or not it changed. */
  private readonly untracked = new Set<string>();
  private draining = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly stores: RecorderStores,
    private readonly options: { readonly bufferTicks: number },
    private readonly onProblem: (message: string, error: unknown) => void,
    /** Told of fences that are in force no longer, and how many writes were refused for it. */
    private readonly onStale: (fences: readonly Fence[], writes: number) => void,
  ) {}

  get status(): RecorderStatus {
    return { writable: this.writable, waiting: this.waitingTicks, dropped: this.dropped };
  }

  /** Resolves once the ticks are recorded, or put aside; never rejects. */
  async record(ticks: readonly TickRecord[]): Promise<void> {
    if (ticks.length === 0) return;
    this.waiting.push({ records: ticks.map((tick) => this.writtenOf(tick)), doubtful: false });
    this.waitingTicks += ticks.length;
    // A database that takes its time to say no must not hold up the next ticks: one attempt at a time is enough.
    if (!this.writable && this.draining) this.trim();
    else await this.flush();
  }

  /**
   * Records the conditions of clusters whose tick failed, so that they are not announced again after a restart. Never rejects: what
   * cannot be written is written with the next tick.
   */
  async recordFailed(ticks: readonly FailedTick[]): Promise<void> {
    if (ticks.length === 0) return;
    const failed = ticks.map(failedRowOf);
    // After the ticks before it, whose conditions are older.
    this.queue = this.queue
      .then(async () => this.writeFailed(failed))
      .catch((error: unknown) => {
        this.keep(failed);
        this.onProblem('cannot record the alerts of failed ticks', error);
      });
    return this.queue;
  }

  /** Tries to write what waits; resolves whether or not that was possible. */
  async flush(): Promise<void> {
    // One after the other: a cluster's ticks must arrive in their order.
    this.queue = this.queue.then(async () => {
      this.draining = true;
      await this.drain();
      this.draining = false;
    });
    return this.queue;
  }

  private async writeFailed(failed: readonly FailedRow[]): Promise<void> {
    const { states, outbox } = this.stores;
    const leftovers = [...this.leftovers];
    if (leftovers.length > 0) await this.writeLeftovers(leftovers);
    await this.dataSource.transaction(async (manager) => {
      const isCurrent = await this.guard(fencesOf(failed), manager);
      const rows = failed.filter(({ fence }) => isCurrent(fence));
      await states.writeAlerts(rows, manager);
      await outbox.write(
        rows.flatMap(({ notices }) => notices),
        manager,
      );
    });
  }

  /** Has to be the first statement of the transaction, so that nobody takes a partition before the rest is committed. */
  private async guard(fences: readonly Fence[], manager: EntityManager): Promise<(fence: Fence | null) => boolean> {
    const valid = fences.length === 0 ? null : await this.stores.partitions.guard(fences, manager);
    return (fence) => fence === null || valid?.get(fence.partition) === fence.token;
  }

  private async drain(): Promise<void> {
    for (let batch = this.waiting[0]; batch !== undefined; batch = this.waiting[0]) {
      try {
        await this.write(batch);
      } catch (error) {
        if (this.writable) this.onProblem('cannot write to the database; buffering ticks in memory', error);
        this.writable = false;
        batch.doubtful = true;
        this.trim();
        return;
      }
      // It may have been given up while it was being written.
      if (this.waiting[0] === batch) {
        this.waiting.shift();
        this.waitingTicks -= batch.records.length;
      }
      if (!this.writable)
        this.onProblem(`the database is writable again; ${this.waitingTicks} ticks are still buffered`, null);
      this.writable = true;
    }
  }

  private async write(batch: Batch): Promise<void> {
    const leftovers = [...this.leftovers];
    let stale: Stale = { fences: [], writes: 0 };
    try {
      await this.dataSource.transaction(async (manager) => {
        const records = batch.doubtful ? await this.unrecorded(batch, manager) : batch.records;
        stale = await this.insert(records, leftovers, manager);
      });
      if (stale.fences.length > 0) this.onStale(stale.fences, stale.writes);
      this.forget(leftovers);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (leftovers.length === 0) await this.writeParts(batch, error);
      else {
        await this.writeLeftovers(leftovers);
        await this.write({ ...batch, doubtful: true });
      }
    }
  }

  /** By themselves: should it be one of them that the database refuses, it must not take ticks with it. */
  private async writeLeftovers(leftovers: readonly Leftover[]): Promise<void> {
    try {
      await this.dataSource.transaction(async (manager) => this.insert([], leftovers, manager));
      this.forget(leftovers);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [leftover] = leftovers;
      if (leftovers.length === 1 && leftover !== undefined) {
        this.forget(leftovers);
        const { clusterId } = leftover;
        this.onProblem(`cannot record the outcome of a dropped tick of cluster ${clusterId}`, error);
        return;
      }
      const middle = Math.ceil(leftovers.length / 2);
      await this.writeLeftovers(leftovers.slice(0, middle));
      await this.writeLeftovers(leftovers.slice(middle));
    }
  }

  private keep(leftovers: readonly Leftover[]): void {
    const { bufferTicks } = this.options;
    const all = [...this.leftovers, ...leftovers];
    // An intent whose outcome is forgotten is found out about after the next start, as after a crash.
    const outcomes = all.filter(({ events }) => events.length > 0).slice(-bufferTicks);
    const alerts = all.filter(({ notices }) => notices.length > 0).slice(-bufferTicks);
    this.leftovers = [...outcomes, ...alerts];
  }

  /** Others may have come meanwhile. */
  private forget(leftovers: readonly Leftover[]): void {
    if (leftovers.length === 0) return;
    const done = new Set(leftovers);
    this.leftovers = this.leftovers.filter((leftover) => !done.has(leftover));
  }

  /** The database refuses something within the batch: whatever it is, it must not take the other clusters with it. */
  private async writeParts({ records }: Batch, error: unknown): Promise<void> {
    const [record] = records;
    if (record === undefined) return;
    if (records.length === 1) {
      this.drop([record]);
      this.onProblem(`dropped a tick of cluster ${record.tick.cluster.id}: cannot record it`, error);
      return;
    }
    const middle = Math.ceil(records.length / 2);
    await this.write({ records: records.slice(0, middle), doubtful: true });
    await this.write({ records: records.slice(middle), doubtful: true });
  }

  private async insert(
    all: readonly Written[],
    leftovers: readonly Leftover[],
    manager: EntityManager,
  ): Promise<Stale> {
    const { samples, observations, decisions, forecasts, states, models, events, outbox } = this.stores;
    const fences = fencesOf([...all.map(({ tick }) => tick), ...leftovers]);
    const isCurrent = await this.guard(fences, manager);
    const records = all.filter(({ tick }) => isCurrent(tick.fence));
    const ticks = records.map(({ tick }) => tick);
    await samples.writeTick(ticks.flatMap(sampleRowsOf), manager);
    await observations.writeTick(ticks.flatMap(observationRowsOf), manager);
    await decisions.writeTick(ticks.flatMap(decisionRowsOf), manager);
    await forecasts.writeTick(ticks.flatMap(forecastRowsOf), manager);
    await states.writeTick(
      records.map(({ state }) => state),
      manager,
    );
    await models.write(
      records.flatMap(({ model }) => (model === null ? [] : [model])),
      manager,
    );
    await states.mark(ticks.flatMap(statusRowsOf), manager);
    const kept = leftovers.filter(({ fence }) => isCurrent(fence));
    await events.finish([...kept.flatMap((leftover) => leftover.events), ...ticks.flatMap(outcomesOf)], manager);
    // Last: it may have to wait for other instances.
    await outbox.write(
      [...kept, ...records].flatMap(({ notices }) => notices),
      manager,
    );
    return { fences: fences.filter((fence) => !isCurrent(fence)), writes: all.length - records.length };
  }

  private async unrecorded({ records }: Batch, manager: EntityManager): Promise<Written[]> {
    const recorded = await this.stores.decisions.recordedIds(
      records.map(({ tick }) => decisionRowOf(tick)),
      manager,
    );
    return records.filter(({ tick }) => !recorded.has(tick.decisionId));
  }

  private trim(): void {
    const dropped: Written[] = [];
    while (this.waitingTicks > this.options.bufferTicks && this.waiting.length > 1) {
      const { records = [] } = this.waiting.shift() ?? {};
      this.waitingTicks -= records.length;
      dropped.push(...records);
    }
    if (dropped.length === 0) return;
    this.drop(dropped);
    this.onProblem(`dropped ${plural(dropped.length, 'tick')}: the buffer holds ${this.options.bufferTicks}`, null);
  }

  private drop(records: readonly Written[]): void {
    this.dropped += records.length;
    for (const { tick } of records) this.untracked.add(tick.cluster.id);
    this.keep(records.flatMap(leftoversOf));
  }

  private writtenOf(tick: TickRecord): Written {
    const { cluster, memory, at, decision, changed } = tick;
    const { common, acting, candidate, tracking, conditions, backoff } = memory;
    const isTrackingNews = this.untracked.delete(cluster.id) || changed.tracking;
    const state: ClusterStateRow = {
      clusterId: cluster.id,
      tickedAt: at,
      desired: tracking.desired,
      actual: tracking.desired === null ? null : decision.current,
      leadTimeMs: leadTimeFrom(tracking.leadTimes)?.p90Ms ?? null,
      engineState: { ...common, policies: acting.state },
      tracking: isTrackingNews ? tracking : null,
      candidate: candidate === null ? null : { policy: policyToWire(candidate.policy), policies: candidate.state },
      alerts: [...conditions.values()],
      backoff,
    };
    return { tick, state, model: modelRowOf(tick), notices: noticesOf(tick) };
  }
}

function noticesOf({ cluster, at, alerts }: Pick<TickRecord, 'cluster' | 'at' | 'alerts'>): readonly AlertNotice[] {
  return alerts.map((alert) => ({ id: randomUUID(), cluster, at, alert }));
}

/** Apart: should the database refuse one, it must not take the other with it. */
function leftoversOf({ tick, notices }: Written): Leftover[] {
  const { cluster, fence } = tick;
  const of = { clusterId: cluster.id, fence };
  return [
    { ...of, events: outcomesOf(tick), notices: [] },
    { ...of, events: [], notices },
  ];
}

function failedRowOf(tick: FailedTick): FailedRow {
  const { cluster, fence, memory } = tick;
  const alerts = [...memory.conditions.values()];
  return { clusterId: cluster.id, fence, alerts, events: [], notices: noticesOf(tick) };
}

/** A model that is lost with its tick is learnt again from the observations. */
function modelRowOf({ cluster, memory, changed }: TickRecord): ClusterModelRow | null {
  const model = changed.model ? modelOf({ policies: memory.acting.state }) : null;
  return model === null ? null : { clusterId: cluster.id, model };
}

function sampleRowsOf({ observation, cluster }: TickRecord): SampleRow[] {
  const clusterId = cluster.id;
  return observation === null ? [] : observation.samples.map((sample) => ({ clusterId, sample }));
}

function observationRowsOf({ observation, cluster, memory, leadTime, provider }: TickRecord): ObservationRow[] {
  if (observation === null) return [];
  return [
    {
      clusterId: cluster.id,
      observation,
      desired: memory.tracking.desired,
      leadTimeMs: leadTime?.plannedMs ?? null,
      providerAnswered: !(provider instanceof Error),
    },
  ];
}

function decisionRowOf({ decisionId, cluster, decision }: TickRecord): DecisionRow {
  return { id: decisionId, clusterId: cluster.id, decision, policyRole: 'acting' };
}

function decisionRowsOf(tick: TickRecord): DecisionRow[] {
  const acting = decisionRowOf(tick);
  const { candidate } = tick;
  if (candidate === null) return [acting];
  return [acting, { ...acting, id: candidate.decisionId, decision: candidate.decision, policyRole: 'candidate' }];
}

/** A cluster whose provider cannot be asked shows it, until it can be asked again. */
function statusRowsOf({ provider, cluster }: TickRecord): ClusterStatusRow[] {
  const status = provider instanceof Error ? 'error' : 'active';
  if (cluster.status === status || cluster.status === 'paused') return [];
  const reason =
    provider instanceof Error ? messageOf('provider_unreachable', { error: provider.message }).message : null;
  return [{ clusterId: cluster.id, status, reason }];
}

function forecastRowsOf({ forecast, cluster }: TickRecord): ForecastRow[] {
  return forecast === null ? [] : [{ clusterId: cluster.id, forecast }];
}

function outcomesOf({ resolved, event }: TickRecord): readonly ScalingEvent[] {
  return event === null || event.outcome === 'pending' ? resolved : [...resolved, event];
}

/** The data itself is refused (SQLSTATE classes 21, 22 and 23); trying again would change nothing. */
function isRefusal(error: unknown): boolean {
  return /^2[123]...$/.test(sqlStateOf(error) ?? '');
}
