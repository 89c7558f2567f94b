import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import type { LiveAlert } from '../events.js';
import { ClusterRegistry } from '../loop/cluster-registry.js';
import { type ClusterRuntime, promiseOf } from '../loop/cluster-runtime.js';
import { isIn } from '../loop/held-conditions.js';
import { type Alert, AlertLog } from './alert-log.js';
import type { AlertDto } from './operations.dto.js';

const URGENCY: Readonly<Record<LiveAlert['severity'], number>> = { critical: 0, warning: 1, info: 2 };
/** So many alerts that are over are told of. */
const OVER_TOLD = 50;

/** What a person should know of clusters: what holds now, the most urgent first, and after it what is over, newest first. */
@Injectable()
export class AlertService {
  constructor(
    @Inject(ClusterAccess) private readonly access: Pick<ClusterAccess, 'assertVisible'>,
    private readonly registry: ClusterRegistry,
    private readonly log: AlertLog,
  ) {}

  /** @throws NotFoundError */
  async ofCluster(principal: Principal, clusterId: string): Promise<AlertDto[]> {
    await this.access.assertVisible(principal, clusterId);
    const runtime = this.registry.get(clusterId);
    const over = this.log.over(clusterId).slice(0, OVER_TOLD);
    const name = runtime?.cluster.name ?? null;
    return [...(runtime === undefined ? [] : this.holdingOf(runtime)), ...over.map((alert) => toDto(alert, name))];
  }

  of(runtimes: readonly ClusterRuntime[]): AlertDto[] {
    const names = new Map(runtimes.map(({ cluster }) => [cluster.id, cluster.name]));
    const over = this.log.over(null).flatMap((alert) => {
      const name = names.get(alert.clusterId);
      return name === undefined ? [] : [toDto(alert, name)];
    });
    const holding = runtimes.flatMap((runtime) => this.holdingOf(runtime)).sort(byUrgency);
    return [...holding, ...over.slice(0, OVER_TOLD)];
  }

  private holdingOf(runtime: ClusterRuntime): AlertDto[] {
    const { id, name } = runtime.cluster;
    const announced = [...runtime.conditions.values()].map((alert) =>
      toDto({ ...alert, clusterId: id, until: null }, name),
    );
    return [...announced, ...budgetAlerts(runtime)].sort(byUrgency);
  }
}

/** What is no event of a tick but a state of the books. Nothing is told twice: a budget that is spent burns, too. */
function budgetAlerts(runtime: ClusterRuntime): AlertDto[] {
  const budget = promiseOf(runtime)?.budget;
  if (budget === undefined || !isIn(runtime, 'budget_burning') || runtime.conditions.has('error_budget_spent'))
    return [];
  const burn = Math.round(budget.burnRate * 10) / 10;
  return [
    {
      cluster_id: runtime.cluster.id,
      cluster_name: runtime.cluster.name,
      code: 'budget_burning',
      severity: 'warning',
      message: `The last day burnt the error budget ${burn} times as fast as promised.`,
      since: null,
      until: null,
    },
  ];
}

function toDto({ clusterId, code, severity, message, since, until }: Alert, name: string | null): AlertDto {
  return { cluster_id: clusterId, cluster_name: name, code, severity, message, since, until };
}

function byUrgency(a: AlertDto, b: AlertDto): number {
  return URGENCY[a.severity] - URGENCY[b.severity] || (b.since ?? '').localeCompare(a.since ?? '');
}
