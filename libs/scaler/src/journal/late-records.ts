import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { Clock } from '#config';
import { refusesData } from '#database';
import { partitionOf, Partitions } from '#partitions';
import { DecisionRepository } from '../decisions/decision.repository.js';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';
import { LoopLog } from '../loop/loop-log.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { ScalingEventRepository } from '../scaling-events/scaling-event.repository.js';
import { type LateCluster, ScalingJournal } from './scaling-journal.js';

const UNKNOWN_OUTCOME = 'the outcome is unknown: the service was stopped while the database was down';

/** Moves the journal of intents to the database. What is there already stays, so a repeated attempt changes nothing. */
@Injectable()
export class LateRecords {
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly journal: ScalingJournal,
    private readonly events: ScalingEventRepository,
    private readonly decisions: DecisionRepository,
    private readonly states: ClusterStateRepository,
    @Inject(Partitions) private readonly partitions: Pick<Partitions, 'fenceOf'>,
    private readonly log: LoopLog,
    private readonly clock: Clock,
  ) {}

  /** Call before the state of clusters is read: also records what killed processes left. Throws like `write`. */
  async recover(): Promise<void> {
    await this.journal.adopt();
    await this.write();
  }

  /**
   * Call before outcomes are recorded, which only change intents that are recorded. Throws if the database is
   * unreachable.
   */
  async write(): Promise<void> {
    if (this.journal.isEmpty) return;
    const result = this.running.then(async () => this.writeAll(this.journal.unrecorded()));
    this.running = result.catch(() => undefined);
    return result;
  }

  private async writeAll(clusters: readonly LateCluster[]): Promise<void> {
    if (clusters.length === 0) return;
    try {
      await this.dataSource.transaction(async (manager) => this.insert(clusters, manager));
      await this.journal.written(clusters);
    } catch (error) {
      if (!refusesData(error)) throw error;
      const [cluster] = clusters;
      if (cluster !== undefined && clusters.length === 1) {
        this.log.problem(
          `cannot record the journaled intents of cluster ${cluster.clusterId}; their file is kept`,
          error,
        );
        await this.journal.refuse([...cluster.open, ...cluster.lost].map(({ event }) => event.id));
        return;
      }
      // One cluster must not hold up the others.
      const middle = Math.ceil(clusters.length / 2);
      await this.writeAll(clusters.slice(0, middle));
      await this.writeAll(clusters.slice(middle));
    }
  }

  private async insert(clusters: readonly LateCluster[], manager: EntityManager): Promise<void> {
    const entries = clusters.flatMap(({ open, lost }) => [...open, ...lost]);
    await this.events.recordLate(
      entries.map(({ event }) => event),
      this.clock.now(),
      manager,
    );
    const decisions = clusters.flatMap(({ lost }) => lost.map(({ decision }) => decision));
    if (decisions.length === 0) return;
    const recorded = await this.decisions.recordedIds(decisions, manager);
    const missing = decisions.filter(({ id }) => !recorded.has(id));
    if (missing.length > 0) await this.decisions.writeTick(missing, manager);
    // A row of a later tick stays: its instance has seen what the provider made of these intents.
    const states = clusters.flatMap(({ state }) => state ?? []);
    if (states.length > 0) await this.states.writeTick(states, manager);
    await this.events.finish(
      clusters.flatMap((cluster) => this.outcomesOf(cluster)),
      manager,
    );
  }

  /** Only the holder of a cluster finds out what became of a pending intent, when it restores the cluster. */
  private outcomesOf({ clusterId, lost, outcomes }: LateCluster): readonly ScalingEvent[] {
    if (this.partitions.fenceOf(partitionOf(clusterId)) !== undefined) return outcomes;
    const known = new Set(outcomes.map(({ id }) => id));
    const unknown = lost.flatMap(({ event }): ScalingEvent[] =>
      known.has(event.id)
        ? []
        : [{ ...event, finishedAt: this.clock.now(), outcome: 'failed', error: UNKNOWN_OUTCOME }],
    );
    return [...outcomes, ...unknown];
  }
}
