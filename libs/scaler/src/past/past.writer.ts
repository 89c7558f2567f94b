import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Decision, type Forecast, type Observation, replayedHpa, type StoredModel } from '#engine';
import { ObservationAggregateRepository, ObservationRepository, SampleRepository } from '#metrics';
import { DecisionRepository } from '../decisions/decision.repository.js';
import { timedId } from '../decisions/ids.js';
import { ForecastRepository } from '../forecasts/forecast.repository.js';
import { ScalingEventRepository, type SimulatedEvent } from '../scaling-events/scaling-event.repository.js';
import { ClusterModelRepository } from '../loop/cluster-model.repository.js';

/** A tick of a simulated past. */
export interface PastTick {
  readonly observation: Observation;
  readonly desired: number;
  readonly decision: Decision;
  readonly forecast: Forecast | null;
}

/** Records the past of a cluster that was simulated; see `simulated_until` of clusters. */
@Injectable()
export class PastWriter {
  constructor(
    private readonly dataSource: DataSource,
    private readonly samples: SampleRepository,
    private readonly observations: ObservationRepository,
    private readonly aggregates: ObservationAggregateRepository,
    private readonly decisions: DecisionRepository,
    private readonly forecasts: ForecastRepository,
    private readonly models: ClusterModelRepository,
    private readonly events: ScalingEventRepository,
  ) {}

  /** Time of the last recorded tick before a time, both milliseconds since the epoch; `null`: there is none. */
  async lastBefore(clusterId: string, before: number): Promise<number | null> {
    return this.observations.lastBefore(clusterId, before);
  }

  /**
   * Records ticks in one transaction.
   *
   * @param leadTimeMs the lead time that was planned with
   * @param model what was learned until the last of them; `null`: nothing
   */
  async write(
    clusterId: string,
    ticks: readonly PastTick[],
    leadTimeMs: number,
    model: StoredModel | null,
  ): Promise<void> {
    const samples = ticks.flatMap(({ observation }) => observation.samples.map((sample) => ({ clusterId, sample })));
    const forecasts = ticks.flatMap(({ forecast, decision }) =>
      forecast === null ? [] : [{ clusterId, forecast, hpa: replayedHpa(decision.steps) }],
    );
    const decided = ticks.map(({ decision }) => ({ id: timedId(decision.at), decision }));
    const events = decided.flatMap(({ id, decision }) => eventOf(id, clusterId, decision) ?? []);
    await this.dataSource.transaction(async (manager) => {
      if (samples.length > 0) await this.samples.writeTick(samples, manager);
      await this.observations.writeTick(
        ticks.map(({ observation, desired }) => ({
          clusterId,
          observation,
          desired,
          leadTimeMs,
          providerAnswered: true,
        })),
        manager,
      );
      await this.decisions.writeTick(
        decided.map(({ id, decision }) => ({ id, clusterId, decision, policyRole: 'acting', theirs: null })),
        manager,
      );
      if (events.length > 0) await this.events.recordSimulated(events, manager);
      if (forecasts.length > 0) await this.forecasts.writeTick(forecasts, manager);
      if (model !== null) await this.models.write([{ clusterId, model }], manager);
    });
  }

  /** Removes the scaling events of a past whose decisions are no longer kept. @param before milliseconds since the epoch */
  async removeEvents(clusterId: string, before: number): Promise<void> {
    await this.events.removeSimulated(clusterId, before);
  }

  /** Brings the summaries of a past up to date: their job looks back less far. Milliseconds since the epoch. */
  async summarize(from: number, to: number): Promise<void> {
    await this.aggregates.refresh(from, to);
  }
}

/** The scaling event of a decision; `null`: it changed nothing. */
function eventOf(id: string, clusterId: string, decision: Decision): SimulatedEvent | null {
  const { at, action, current, desired, policy, code, reason } = decision;
  return action === 'MAINTAIN'
    ? null
    : { id, clusterId, at, action, serversBefore: current, desired, policy, code, reason };
}
