import { Injectable } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import { errorBudgetLeft, leadTimeFrom, usualLeadTimes } from '#engine';
import type { ServiceLevelReport } from '#engine';
import { Brakes } from '../brakes/brakes.js';
import { type ClusterMemory, promiseOf } from './cluster-memory.js';
import { ClusterRegistry } from './cluster-registry.js';
import { LoopHealth } from './loop-health.js';
import { LoopMetrics } from './loop-metrics.js';
import type { LoopStage } from './loop-metrics.js';
import { CONDITIONS, isIn } from './held-conditions.js';
import type { TickRecord } from './stages.js';

const STAGE = 'autoscaler_loop_stage_duration_seconds';
const LAG = 'autoscaler_loop_lag_seconds';
const TICKS = 'autoscaler_loop_ticks_total';
const SKIPPED = 'autoscaler_loop_skipped_ticks_total';
const DECISIONS = 'autoscaler_decisions_total';
const EVENTS = 'autoscaler_scaling_events_total';
const REFUSED = 'autoscaler_samples_refused_total';

/** Prometheus metrics of the loop. Counters are updated per batch; gauges are computed at scrape time. */
@Injectable()
export class PrometheusLoopMetrics extends LoopMetrics {
  constructor(
    @InjectMetric(STAGE) private readonly stages: Histogram,
    @InjectMetric(LAG) private readonly lags: Histogram,
    @InjectMetric(TICKS) private readonly ticks: Counter,
    @InjectMetric(SKIPPED) private readonly skips: Counter,
    @InjectMetric(DECISIONS) private readonly decisions: Counter,
    @InjectMetric(EVENTS) private readonly events: Counter,
    @InjectMetric(REFUSED) private readonly refusals: Counter,
  ) {
    super();
    // A series that appears with its first event hides that event from rate(); start at 0.
    for (const result of ['completed', 'failed']) ticks.inc({ result }, 0);
    for (const why of ['late', 'overlapping']) skips.inc({ why }, 0);
  }

  stage(stage: LoopStage, seconds: number): void {
    this.stages.observe({ stage }, seconds);
  }

  woke(lagMs: number, skipped: { readonly late: number; readonly overlapping: number }): void {
    this.lags.observe(lagMs / 1000);
    if (skipped.late > 0) this.skips.inc({ why: 'late' }, skipped.late);
    if (skipped.overlapping > 0) this.skips.inc({ why: 'overlapping' }, skipped.overlapping);
  }

  failed(): void {
    this.ticks.inc({ result: 'failed' });
  }

  ticked(batch: readonly TickRecord[]): void {
    this.ticks.inc({ result: 'completed' }, batch.length);
    const decisions = new Map<string, { action: string; policy: string; count: number }>();
    for (const { decision, event, resolved, observation } of batch) {
      const { action, policy } = decision;
      const counted = decisions.get(action + policy);
      if (counted === undefined) decisions.set(action + policy, { action, policy, count: 1 });
      else counted.count += 1;
      for (const { action: done, outcome } of event === null ? resolved : [...resolved, event]) {
        this.events.inc({ action: done, outcome });
      }
      const refused = observation?.refused;
      for (const reason in refused) {
        this.refusals.inc({ reason }, refused[reason as keyof typeof refused] ?? 0);
      }
    }
    for (const { action, policy, count } of decisions.values()) this.decisions.inc({ action, policy }, count);
  }
}

/**
 * Instruments of the loop. Totals always exist; series per cluster only with `prometheus.per_cluster` and few clusters,
 * to bound cardinality.
 */
export function loopMetricProviders(): Provider[] {
  return [
    makeHistogramProvider({
      name: STAGE,
      help: 'Time that one wake of the loop spent in a stage, for all due clusters together',
      labelNames: ['stage'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    makeHistogramProvider({
      name: LAG,
      help: 'How late the latest tick of a wake was',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    makeCounterProvider({ name: TICKS, help: 'Ticks of single clusters', labelNames: ['result'] }),
    makeCounterProvider({
      name: SKIPPED,
      help: 'Ticks that were not made: too late, or the one before was still under way',
      labelNames: ['why'],
    }),
    makeCounterProvider({ name: DECISIONS, help: 'Decisions', labelNames: ['action', 'policy'] }),
    makeCounterProvider({ name: EVENTS, help: 'Scaling events', labelNames: ['action', 'outcome'] }),
    makeCounterProvider({ name: REFUSED, help: 'Samples that were refused', labelNames: ['reason'] }),
    total('autoscaler_clusters', 'Clusters that are ticked', () => 1),
    total('autoscaler_servers_desired', 'Servers that clusters should have', ({ last }) => last?.desired ?? 0),
    total('autoscaler_servers_actual', 'Active and provisioning servers', ({ last }) => last?.actual ?? 0),
    total('autoscaler_unmet_servers', 'Servers needed that bounds refuse', ({ last }) => last?.unmet ?? 0),
    perCluster(
      'autoscaler_cluster_servers_desired',
      'Servers that the cluster should have',
      ({ last }) => last?.desired,
    ),
    perCluster('autoscaler_cluster_servers_actual', 'Active and provisioning servers', ({ last }) => last?.actual),
    perCluster('autoscaler_cluster_unmet_servers', 'Servers needed that the bound refuses', ({ last }) => last?.unmet),
    perCluster('autoscaler_cluster_lead_time_seconds', 'Lead time of new servers, 90th percentile', ({ tracking }) => {
      const leadTime = leadTimeFrom(usualLeadTimes(tracking));
      return leadTime === null ? undefined : leadTime.p90Ms / 1000;
    }),
    serviceLevel(
      'autoscaler_cluster_error_budget_left',
      'Error budget left, as a share of it: 1 untouched, 0 used up, below 0 the service level is missed',
      ({ budget }) => errorBudgetLeft(budget),
    ),
    serviceLevel(
      'autoscaler_cluster_budget_left',
      'Deprecated, and gone with the next release: use autoscaler_cluster_error_budget_left. Share of what the engine may save',
      ({ budget }) => budget.left,
    ),
    serviceLevel(
      'autoscaler_cluster_budget_burn_rate',
      'How fast the last day spent the error budget; 1 is as promised',
      ({ budget }) => budget.burnRate,
    ),
    serviceLevel(
      'autoscaler_cluster_violations_ratio',
      'Share of slow or failed requests, over the last days',
      ({ budget }) => budget.spent,
    ),
    serviceLevel(
      'autoscaler_cluster_forecast_coverage',
      'Share of outcomes below the 90 % quantile of their forecast, over about a day',
      ({ trust }) => trust.coverage['0.9'],
    ),
    serviceLevel(
      'autoscaler_cluster_forecast_skill',
      'Pinball loss that forecasts save against naive ones',
      ({ trust }) => trust.skill ?? undefined,
    ),
    serviceLevel(
      'autoscaler_cluster_forecast_demoted',
      '1 while the forecast is not trusted and a reactive policy decides',
      ({ trust }) => Number(trust.demoted),
    ),
    makeGaugeProvider({
      name: 'autoscaler_clusters_in_condition',
      help: 'Clusters of which a condition holds',
      labelNames: ['condition'],
      inject: [ClusterRegistry],
      collect(registry: ClusterRegistry) {
        const clusters = [...registry.all()];
        for (const condition of CONDITIONS)
          this.set({ condition }, clusters.filter(({ memory }) => isIn(memory, condition)).length);
      },
    }),
    makeGaugeProvider({
      name: 'autoscaler_frozen',
      help: '1 while all scaling is frozen, of all instances',
      inject: [Brakes],
      collect(brakes: Brakes) {
        this.set(brakes.freeze === null ? 0 : 1);
      },
    }),
    makeGaugeProvider({
      name: 'autoscaler_record_waiting_ticks',
      help: 'Cluster-ticks that wait for the database',
      inject: [LoopHealth],
      collect(health: LoopHealth) {
        this.set(health.status().waitingTicks);
      },
    }),
    makeGaugeProvider({
      name: 'autoscaler_journaled_events',
      help: 'Scaling events in the local journal that the database does not have yet',
      inject: [LoopHealth],
      collect(health: LoopHealth) {
        this.set(health.status().journaledEvents);
      },
    }),
    makeGaugeProvider({
      name: 'autoscaler_record_dropped_ticks',
      help: 'Cluster-ticks that were given up since the start because too many waited',
      inject: [LoopHealth],
      collect(health: LoopHealth) {
        this.set(health.status().droppedTicks);
      },
    }),
  ];
}

/** Above this number of clusters there are no series per cluster, regardless of the configuration. */
const MOST_SERIES = 500;

/** A gauge with one series for each cluster that has a service level. */
function serviceLevel(name: string, help: string, value: (report: ServiceLevelReport) => number | undefined): Provider {
  return perCluster(name, help, ({ acting }) => {
    const report = promiseOf(acting);
    return report === null ? undefined : value(report);
  });
}

function total(name: string, help: string, value: (memory: ClusterMemory) => number): Provider {
  return makeGaugeProvider({
    name,
    help,
    inject: [ClusterRegistry],
    collect(registry: ClusterRegistry) {
      let sum = 0;
      for (const { memory } of registry.all()) sum += value(memory);
      this.set(sum);
    },
  });
}

function perCluster(name: string, help: string, value: (memory: ClusterMemory) => number | undefined): Provider {
  return makeGaugeProvider({
    name,
    help,
    labelNames: ['cluster_id', 'cluster'],
    inject: [ClusterRegistry, APP_CONFIG],
    collect(registry: ClusterRegistry, config: AppConfig) {
      this.reset();
      if (!config.prometheus.perCluster || registry.size > MOST_SERIES) return;
      for (const { cluster, memory } of registry.all()) {
        const found = value(memory);
        if (found === undefined) continue;
        this.set({ cluster_id: cluster.id, cluster: cluster.name }, found);
      }
    },
  });
}
