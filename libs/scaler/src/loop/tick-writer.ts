import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { ClusterRepository, policyToWire } from '#clusters';
import type { StatusMark } from '#clusters';
import { leadTimeFrom, modelOf, replayedHpa, usualLeadTimes } from '#engine';
import { ObservationRepository, SampleRepository } from '#metrics';
import type { ObservationRow, SampleRow } from '#metrics';
import { type Fence, PartitionRepository } from '#partitions';
import { DecisionRepository } from '../decisions/decision.repository.js';
import type { DecisionRow } from '../decisions/decision.repository.js';
import { ForecastRepository } from '../forecasts/forecast.repository.js';
import type { ForecastRow } from '../forecasts/forecast.repository.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { ScalingEventRepository } from '../scaling-events/scaling-event.repository.js';
import { AlertOutbox } from '../webhooks/alert-outbox.js';
import type { AlertNotice } from '../webhooks/alert-outbox.js';
import { messageOf } from './alert.sentences.js';
import { ClusterModelRepository } from './cluster-model.repository.js';
import type { ClusterModelRow } from './cluster-model.repository.js';
import { ClusterStateRepository } from './cluster-state.repository.js';
import type { ClusterStateRow } from './cluster-state.repository.js';
import type { Decided, FailedTick, TickRecord } from './stages.js';
import { failedPoll } from './withheld.sentences.js';

/** A tick to be written, with the rows that must be identical at each attempt or are expensive to build. */
export interface WritableTick {
  readonly record: TickRecord;
  readonly state: ClusterStateRow;
  /** `null`: not due. */
  readonly model: ClusterModelRow | null;
  readonly notices: readonly AlertNotice[];
}

/** Kept of a dropped tick: outcomes of its intents, and alerts that began or ended. */
export interface Leftover {
  readonly clusterId: string;
  readonly fence: Fence | null;
  readonly events: readonly ScalingEvent[];
  readonly notices: readonly AlertNotice[];
}

/** What is written for a failed tick. */
export interface FailedRow extends Pick<ClusterStateRow, 'clusterId' | 'alerts'>, Leftover {}

/** Rejected writes of clusters that another instance has taken over. */
export interface Stale {
  readonly fences: readonly Fence[];
  readonly writes: number;
}

/** Writes ticks: one transaction per call, and one statement per table. */
@Injectable()
export class TickWriter {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(ClusterRepository) private readonly clusters: Pick<ClusterRepository, 'mark'>,
    private readonly samples: SampleRepository,
    private readonly observations: ObservationRepository,
    private readonly decisions: DecisionRepository,
    private readonly forecasts: ForecastRepository,
    private readonly states: ClusterStateRepository,
    private readonly models: ClusterModelRepository,
    private readonly events: ScalingEventRepository,
    private readonly partitions: PartitionRepository,
    private readonly outbox: AlertOutbox,
  ) {}

  /** @param doubtful whether some of the ticks may be stored already */
  async write(ticks: readonly WritableTick[], leftovers: readonly Leftover[], doubtful: boolean): Promise<Stale> {
    return this.dataSource.transaction(async (manager) => {
      const missing = doubtful ? await this.missing(ticks, manager) : ticks;
      return this.insert(missing, leftovers, manager);
    });
  }

  async writeFailed(failed: readonly FailedRow[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const isCurrent = await this.guard(fencesOf(failed), manager);
      const rows = failed.filter(({ fence }) => isCurrent(fence));
      await put(rows, async (alerts) => this.states.writeAlerts(alerts, manager));
      await put(
        rows.flatMap(({ notices }) => notices),
        async (notices) => this.outbox.write(notices, manager),
      );
    });
  }

  /** Must be the first statement of the transaction: it keeps others from taking the partition before the commit. */
  private async guard(fences: readonly Fence[], manager: EntityManager): Promise<(fence: Fence | null) => boolean> {
    const valid = fences.length === 0 ? null : await this.partitions.guard(fences, manager);
    return (fence) => fence === null || valid?.get(fence.partition) === fence.token;
  }

  private async insert(
    all: readonly WritableTick[],
    leftovers: readonly Leftover[],
    manager: EntityManager,
  ): Promise<Stale> {
    const fences = fencesOf([...all.map(({ record }) => record), ...leftovers]);
    const isCurrent = await this.guard(fences, manager);
    const ticks = all.filter(({ record }) => isCurrent(record.fence));
    const records = ticks.map(({ record }) => record);
    const kept = leftovers.filter(({ fence }) => isCurrent(fence));
    await put(records.flatMap(sampleRowsOf), async (rows) => this.samples.writeTick(rows, manager));
    await put(records.flatMap(observationRowsOf), async (rows) => this.observations.writeTick(rows, manager));
    await put(records.flatMap(decisionRowsOf), async (rows) => this.decisions.writeTick(rows, manager));
    await put(records.flatMap(forecastRowsOf), async (rows) => this.forecasts.writeTick(rows, manager));
    await put(
      ticks.map(({ state }) => state),
      async (rows) => this.states.writeTick(rows, manager),
    );
    await put(
      ticks.flatMap(({ model }) => model ?? []),
      async (rows) => this.models.write(rows, manager),
    );
    await put(records.flatMap(statusMarksOf), async (marks) => this.clusters.mark(marks, manager));
    await put([...kept.flatMap(({ events }) => events), ...records.flatMap(outcomesOf)], async (events) =>
      this.events.finish(events, manager),
    );
    // Last, because it may wait for a lock held by other instances.
    await put(
      [...kept, ...ticks].flatMap(({ notices }) => notices),
      async (notices) => this.outbox.write(notices, manager),
    );
    return { fences: fences.filter((fence) => !isCurrent(fence)), writes: all.length - ticks.length };
  }

  private async missing(ticks: readonly WritableTick[], manager: EntityManager): Promise<readonly WritableTick[]> {
    const recorded = await this.decisions.recordedIds(
      ticks.map(({ record }) => decisionRowOf(record)),
      manager,
    );
    return ticks.filter(({ record }) => !recorded.has(record.decisionId));
  }
}

/** Skips the statement if there is nothing to write. */
async function put<Row>(rows: readonly Row[], write: (rows: readonly Row[]) => Promise<void>): Promise<void> {
  if (rows.length > 0) await write(rows);
}

/** @param isTrackingMissing whether to write the tracking although this tick did not change it */
export function writable(record: TickRecord, isTrackingMissing: boolean): WritableTick {
  const { cluster, memory, at, decision, changed } = record;
  const { common, acting, candidate, tracking, conditions, backoff } = memory;
  const state: ClusterStateRow = {
    clusterId: cluster.id,
    tickedAt: at,
    desired: tracking.desired,
    actual: tracking.desired === null ? null : decision.current,
    leadTimeMs: leadTimeFrom(usualLeadTimes(tracking))?.p90Ms ?? null,
    engineState: { ...common, policies: acting.state },
    tracking: changed.tracking || isTrackingMissing ? tracking : null,
    candidate: candidate === null ? null : { policy: policyToWire(candidate.policy), policies: candidate.state },
    alerts: [...conditions.values()],
    backoff,
  };
  return { record, state, model: modelRowOf(record), notices: noticesOf(record) };
}

/** Kept apart: if the database rejects one, the other is still written. */
export function leftoversOf({ record, notices }: WritableTick): Leftover[] {
  const { cluster, fence } = record;
  const of = { clusterId: cluster.id, fence };
  return [
    { ...of, events: outcomesOf(record), notices: [] },
    { ...of, events: [], notices },
  ];
}

export function failedRowOf(tick: FailedTick): FailedRow {
  const { cluster, fence, memory } = tick;
  const alerts = [...memory.conditions.values()];
  return { clusterId: cluster.id, fence, alerts, events: [], notices: noticesOf(tick) };
}

/** Each fence once; clusters without one are left out. */
function fencesOf(holders: readonly { readonly fence: Fence | null }[]): Fence[] {
  const fences = new Map<string, Fence>();
  for (const { fence } of holders) if (fence !== null) fences.set(`${fence.partition} ${fence.token}`, fence);
  return [...fences.values()];
}

function noticesOf({ cluster, at, alerts }: Pick<TickRecord, 'cluster' | 'at' | 'alerts'>): readonly AlertNotice[] {
  return alerts.map((alert) => ({ id: randomUUID(), cluster, at, alert }));
}

/** A model that is dropped with its tick is learned again from the observations. */
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

export function decisionRowOf({ decisionId, cluster, decision, theirs }: Decided): DecisionRow {
  return { id: decisionId, clusterId: cluster.id, decision, policyRole: 'acting', theirs };
}

function decisionRowsOf(tick: TickRecord): DecisionRow[] {
  const acting = decisionRowOf(tick);
  const { candidate } = tick;
  if (candidate === null) return [acting];
  return [acting, { ...acting, id: candidate.decisionId, decision: candidate.decision, policyRole: 'candidate' }];
}

/** Marks a cluster as `error` while its provider is unreachable. */
function statusMarksOf({ provider, cluster }: TickRecord): StatusMark[] {
  const status = provider instanceof Error ? 'error' : 'active';
  if (cluster.status === status || cluster.status === 'paused') return [];
  const reason = provider instanceof Error ? messageOf('provider_unreachable', failedPoll(provider)).message : null;
  return [{ clusterId: cluster.id, status, reason }];
}

function forecastRowsOf({ forecast, cluster, decision }: TickRecord): ForecastRow[] {
  return forecast === null ? [] : [{ clusterId: cluster.id, forecast, hpa: replayedHpa(decision.steps) }];
}

/** Intents whose outcome this tick found out. */
export function outcomesOf({ resolved, event }: Pick<TickRecord, 'resolved' | 'event'>): readonly ScalingEvent[] {
  return event === null || event.outcome === 'pending' ? resolved : [...resolved, event];
}
