import { stateOf } from '../state/cluster-state.js';
import { errorBudgetLeft, leadTimeFrom } from '#engine';
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
import { countServers } from '#providers';
import { promiseOf } from './cluster-runtime.js';
import type { ClusterRuntime } from './cluster-runtime.js';
import type { Concluded, Left } from './conclude.js';
import { failureOf } from './conditions.js';

/** Tells whoever listens what happened in a tick, in the order in which it happened. */
export class Broadcaster {
  constructor(
    private readonly bus: LiveBus,
    private readonly onAlert: (runtime: ClusterRuntime, alert: LiveAlert) => void,
  ) {}

  broadcast(ticks: readonly Concluded[]): void {
    for (const tick of ticks) this.tell(tick);
  }

  /** Tells once that a cluster cannot be ticked. @returns the alert; `null` where it was told before */
  failed(runtime: ClusterRuntime, at: number, message: string): LiveAlert | null {
    const alert = failureOf(message);
    if (runtime.conditions.has(alert.code)) return null;
    const since = new Date(at).toISOString();
    const { code, severity } = alert;
    runtime.conditions = new Map([...runtime.conditions, [code, { code, severity, message, since }]]);
    this.alert(runtime, alert, since);
    return alert;
  }

  private tell(tick: Concluded): void {
    const { runtime, left, observation, forecast, event, resolved, alerts } = tick;
    const { bus } = this;
    const { cluster, tracking } = left;
    const cluster_id = cluster.id;
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
    const conditions = [...left.conditions.keys()].join();
    const { shown } = runtime;
    if (shown?.cluster !== cluster || shown.tracking !== tracking || shown.conditions !== conditions) {
      runtime.shown = { cluster, tracking, conditions };
      const data = toClusterState({ ...left, tickedAt: tick.at });
      bus.emit('cluster_state', { type: 'cluster_state', cluster_id, timestamp, data });
    }
    for (const alert of alerts) this.alert(runtime, alert, timestamp);
  }

  private alert(runtime: ClusterRuntime, alert: LiveAlert, timestamp: string): void {
    this.onAlert(runtime, alert);
    this.bus.emit('alert', { type: 'alert', cluster_id: runtime.cluster.id, timestamp, data: alert });
  }
}

type StateOf = Pick<Left, 'cluster' | 'tracking' | 'engineState' | 'conditions'> & { readonly tickedAt: number | null };

/** A cluster as it stands, for a client that has just come. */
export function toClusterState(left: StateOf): LiveClusterState {
  const { cluster, tracking, conditions, tickedAt } = left;
  const { active, provisioning, draining, total } = countServers(tracking.servers);
  const { hold } = cluster;
  return {
    status: cluster.status,
    state: stateOf(
      {
        status: cluster.status,
        statusReason: cluster.statusReason,
        alerts: [...conditions.values()],
        budget: promiseOf(left)?.budget ?? null,
        tickedAt,
        intervalMs: cluster.config.intervalMs ?? null,
      },
      tickedAt ?? 0,
    ),
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

function toDecision({ decisionId, decision, candidate, left }: Concluded): LiveDecision {
  const { at: _at, ...rest } = decision;
  return {
    id: decisionId,
    ...rest,
    service_level: toServiceLevel(promiseOf(left)),
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

function toCandidateDecision({ decisionId, decision }: NonNullable<Concluded['candidate']>): LiveCandidateDecision {
  const { action, desired, policy, code, reason } = decision;
  return { id: decisionId, action, desired, policy, code, reason };
}

function toForecast({ horizonMs, model, level, upper, quantiles }: Forecast): LiveForecast {
  return { horizon_ms: horizonMs, model, level, upper, quantiles };
}
