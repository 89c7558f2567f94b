import { leadTimeFrom } from '#engine';
import type { Forecast, Observation, ServiceLevelReport } from '#engine';
import type {
  LiveAlert,
  LiveBus,
  LiveCandidateDecision,
  LiveClusterState,
  LiveDecision,
  LiveForecast,
  LiveMetrics,
  LiveServiceLevel,
} from '../events.js';
import { toLiveScalingEvent } from '../scaling-events/scaling-event.dto.js';
import { countServers } from '../targets/scale-target.js';
import type { Acted } from './actor.js';
import { promiseOf } from './cluster-runtime.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import { alertsOf, failureOf } from './conditions.js';

/** Tells whoever listens what happened in a tick, in the order in which it happened. */
export class Broadcaster {
  constructor(
    private readonly bus: LiveBus,
    private readonly onAlert: (runtime: ClusterRuntime, alert: LiveAlert) => void,
  ) {}

  broadcast(ticks: readonly Acted[]): void {
    for (const tick of ticks) this.tell(tick);
  }

  /** Tells once that a cluster cannot be ticked. */
  failed(runtime: ClusterRuntime, at: number, message: string): void {
    const alert = failureOf(message);
    if (runtime.conditions.has(alert.code)) return;
    runtime.conditions = new Set([...runtime.conditions, alert.code]);
    this.alert(runtime, alert, new Date(at).toISOString());
  }

  private tell(tick: Acted): void {
    const { runtime, observation, forecast, event, resolved } = tick;
    const { bus } = this;
    const cluster_id = runtime.cluster.id;
    const timestamp = new Date(tick.at).toISOString();

    if (observation !== null && bus.heard('metrics')) {
      bus.emit('metrics', { type: 'metrics', cluster_id, timestamp, data: toMetrics(observation) });
    }
    if (forecast !== null && bus.heard('forecast')) {
      bus.emit('forecast', { type: 'forecast', cluster_id, timestamp, data: toForecast(forecast) });
    }
    if (bus.heard('decision')) {
      bus.emit('decision', { type: 'decision', cluster_id, timestamp, data: toDecision(tick) });
    }
    for (const scaling of event === null ? resolved : [...resolved, event]) {
      bus.emit('scaling_event', { type: 'scaling_event', cluster_id, timestamp, data: toLiveScalingEvent(scaling) });
    }
    if (runtime.shown?.cluster !== runtime.cluster || runtime.shown?.tracking !== runtime.tracking) {
      runtime.shown = { cluster: runtime.cluster, tracking: runtime.tracking };
      bus.emit('cluster_state', { type: 'cluster_state', cluster_id, timestamp, data: toClusterState(runtime) });
    }
    const { alerts, conditions } = alertsOf(tick, runtime.conditions);
    runtime.conditions = conditions;
    for (const alert of alerts) this.alert(runtime, alert, timestamp);
  }

  private alert(runtime: ClusterRuntime, alert: LiveAlert, timestamp: string): void {
    this.onAlert(runtime, alert);
    this.bus.emit('alert', { type: 'alert', cluster_id: runtime.cluster.id, timestamp, data: alert });
  }
}

/** A cluster as it stands, for a client that has just come. */
export function toClusterState(runtime: ClusterRuntime): LiveClusterState {
  const { cluster, tracking } = runtime;
  const { active, provisioning, draining, total } = countServers(tracking.servers);
  const { hold } = cluster;
  return {
    status: cluster.status,
    desired: tracking.desired,
    actual: total,
    active,
    provisioning,
    draining,
    min_servers: cluster.bounds.min,
    max_servers: cluster.bounds.max,
    lead_time_ms: leadTimeFrom(tracking.leadTimes)?.p90Ms ?? null,
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

function toDecision({ decisionId, decision, candidate, runtime }: Acted): LiveDecision {
  const { at: _at, ...rest } = decision;
  return {
    id: decisionId,
    ...rest,
    service_level: toServiceLevel(promiseOf(runtime)),
    candidate: candidate === null ? null : toCandidateDecision(candidate),
  };
}

function toServiceLevel(report: ServiceLevelReport | null): LiveServiceLevel | null {
  if (report === null) return null;
  const { budget, trust, state } = report;
  const { burnRate, ...rest } = budget;
  const { coverage, skill, predictable, demoted } = trust;
  return { budget: { ...rest, burn_rate: burnRate }, coverage, skill, predictable, demoted, state };
}

function toCandidateDecision({ decisionId, decision }: NonNullable<Acted['candidate']>): LiveCandidateDecision {
  const { action, desired, policy, code, reason } = decision;
  return { id: decisionId, action, desired, policy, code, reason };
}

function toForecast({ horizonMs, model, level, upper, quantiles }: Forecast): LiveForecast {
  return { horizon_ms: horizonMs, model, level, upper, quantiles };
}
