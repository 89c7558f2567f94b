import { Injectable } from '@nestjs/common';
import { errorBudgetLeft, leadTimeFrom, usualLeadTimes } from '#engine';
import type { Forecast, Observation, ServiceLevelReport } from '#engine';
import { LiveBus } from '../live-events/live-bus.js';
import type {
  LiveCandidateDecision,
  LiveClusterState,
  LiveDecision,
  LiveForecast,
  LiveMetrics,
  LiveServiceLevel,
} from '../live-events/live-events.js';
import { toLiveScalingEvent } from '../scaling-events/scaling-event.js';
import { countServers } from '#providers';
import { stateOf } from '../state/cluster-state.js';
import { promiseOf } from './cluster-memory.js';
import { LoopLog } from './loop-log.js';
import type { FailedTick, TickRecord } from './stages.js';

/** Publishes the events of a tick, in order. */
@Injectable()
export class Broadcaster {
  constructor(
    private readonly bus: LiveBus,
    private readonly log: LoopLog,
  ) {}

  broadcast(records: readonly TickRecord[]): void {
    for (const record of records) this.publish(record);
  }

  broadcastFailed(ticks: readonly FailedTick[]): void {
    for (const tick of ticks) this.publishAlerts(tick);
  }

  private publish(record: TickRecord): void {
    const { cluster, observation, forecast, event, resolved } = record;
    const { bus } = this;
    const cluster_id = cluster.id;
    const timestamp = new Date(record.at).toISOString();

    if (observation !== null && bus.heard('metrics')) {
      bus.emit('metrics', { type: 'metrics', cluster_id, timestamp, data: toMetrics(observation) });
    }
    if (forecast !== null && bus.heard('forecast')) {
      bus.emit('forecast', { type: 'forecast', cluster_id, timestamp, data: toForecast(forecast) });
    }
    if (bus.heard('decision')) {
      bus.emit('decision', { type: 'decision', cluster_id, timestamp, data: toDecision(record) });
    }
    for (const scaling of event === null ? resolved : [...resolved, event]) {
      bus.emit('scaling_event', { type: 'scaling_event', cluster_id, timestamp, data: toLiveScalingEvent(scaling) });
    }
    if (record.changed.state) {
      bus.emit('cluster_state', { type: 'cluster_state', cluster_id, timestamp, data: toClusterState(record) });
    }
    this.publishAlerts(record);
  }

  private publishAlerts({ cluster, alerts, at }: Pick<TickRecord, 'cluster' | 'alerts' | 'at'>): void {
    const timestamp = new Date(at).toISOString();
    for (const alert of alerts) {
      this.log.alert(cluster, alert);
      this.bus.emit('alert', { type: 'alert', cluster_id: cluster.id, timestamp, data: alert });
    }
  }
}

function toClusterState({ cluster, memory, at }: TickRecord): LiveClusterState {
  const { tracking, conditions, acting } = memory;
  const { active, provisioning, draining, total } = countServers(tracking.servers);
  const { hold } = cluster;
  return {
    status: cluster.status,
    state: stateOf(
      {
        status: cluster.status,
        statusReason: cluster.statusReason,
        alerts: [...conditions.values()],
        budget: promiseOf(acting)?.budget ?? null,
        tickedAt: at,
        intervalMs: cluster.config.intervalMs ?? null,
      },
      at,
    ),
    desired: tracking.desired,
    actual: total,
    active,
    provisioning,
    draining,
    min_servers: cluster.bounds.min,
    max_servers: cluster.bounds.max,
    lead_time_ms: leadTimeFrom(usualLeadTimes(tracking))?.p90Ms ?? null,
    hold:
      hold === null ? null : { desired_servers: hold.desired, until: new Date(hold.until).toISOString(), by: hold.by },
    servers: tracking.servers.map(({ id, state }) => ({ server_id: id, state })),
  };
}

function toMetrics(observation: Observation): LiveMetrics {
  const { servers, reporting, cpu, memory, requestRate, demand, saturated, stalenessMs, samples } = observation;
  return {
    ...servers,
    reporting,
    cpu,
    memory,
    request_rate: requestRate,
    demand,
    saturated,
    staleness_ms: stalenessMs,
    servers: samples.map((sample) => ({
      server_id: sample.serverId,
      cpu_usage: sample.cpu,
      memory_usage: sample.memory,
      request_load: sample.requestRate,
    })),
  };
}

function toDecision({ decisionId, decision, candidate, memory, theirs }: TickRecord): LiveDecision {
  const { at: _at, manualChange: _manualChange, ...rest } = decision;
  return {
    id: decisionId,
    ...rest,
    theirs,
    service_level: toServiceLevel(promiseOf(memory.acting)),
    candidate: candidate === null ? null : toCandidateDecision(candidate),
  };
}

function toServiceLevel(report: ServiceLevelReport | null): LiveServiceLevel | null {
  if (report === null) return null;
  const { budget, trust, state } = report;
  const { promised, spent, burnRate } = budget;
  const { coverage, skill, predictable, demoted } = trust;
  return {
    budget: { promised, spent, left: errorBudgetLeft(budget), burn_rate: burnRate },
    coverage,
    skill,
    predictable,
    demoted,
    state,
  };
}

function toCandidateDecision({ decisionId, decision }: NonNullable<TickRecord['candidate']>): LiveCandidateDecision {
  const { action, desired, policy, code, reason } = decision;
  return { id: decisionId, action, desired, policy, code, reason };
}

function toForecast({ horizonMs, model, level, upper, quantiles }: Forecast): LiveForecast {
  return { horizon_ms: horizonMs, model, level, upper, quantiles };
}
