import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '#auth';
import { ClusterAccess } from '#clusters';
import type { LiveAlert } from '../live-events/live-events.js';
import { messageOf } from '../loop/alert.sentences.js';
import { promiseOf } from '../loop/cluster-memory.js';
import { ClusterRegistry, type KnownCluster } from '../loop/cluster-registry.js';
import { isIn } from '../loop/held-conditions.js';
import { type Alert, AlertLog } from './alert-log.js';
import type { AlertDto } from './operations.dto.js';

const URGENCY: Readonly<Record<LiveAlert['severity'], number>> = { critical: 0, warning: 1, info: 2 };
/** Ended alerts in a response, at most. */
const OVER_TOLD = 50;

/** Alerts of clusters: active ones first, by severity, then ended ones, newest first. */
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
    const known = this.registry.get(clusterId);
    const over = this.log.over(clusterId).slice(0, OVER_TOLD);
    const name = known?.cluster.name ?? null;
    return [...(known === undefined ? [] : this.holdingOf(known)), ...over.map((alert) => toDto(alert, name))];
  }

  of(clusters: readonly KnownCluster[]): AlertDto[] {
    const names = new Map(clusters.map(({ cluster }) => [cluster.id, cluster.name]));
    const over = this.log.over(null).flatMap((alert) => {
      const name = names.get(alert.clusterId);
      return name === undefined ? [] : [toDto(alert, name)];
    });
    const holding = clusters.flatMap((known) => this.holdingOf(known)).sort(byUrgency);
    return [...holding, ...over.slice(0, OVER_TOLD)];
  }

  private holdingOf(known: KnownCluster): AlertDto[] {
    const { id, name } = known.cluster;
    const announced = [...known.memory.conditions.values()].map((alert) =>
      toDto({ ...alert, clusterId: id, until: null }, name),
    );
    return [...announced, ...budgetAlerts(known)].sort(byUrgency);
  }
}

/**
 * Alerts from the state of the error budget instead of a tick. Only the worse one is listed: a spent budget burns, too.
 */
function budgetAlerts({ cluster, memory }: KnownCluster): AlertDto[] {
  const budget = promiseOf(memory.acting)?.budget;
  if (budget === undefined || !isIn(memory, 'budget_burning') || memory.conditions.has('error_budget_spent')) return [];
  return [
    {
      cluster_id: cluster.id,
      cluster_name: cluster.name,
      code: 'budget_burning',
      severity: 'warning',
      ...messageOf('budget_burning', { burn_rate: budget.burnRate }),
      since: null,
      until: null,
    },
  ];
}

function toDto({ clusterId, ...alert }: Alert, name: string | null): AlertDto {
  return { cluster_id: clusterId, cluster_name: name, ...alert };
}

function byUrgency(a: AlertDto, b: AlertDto): number {
  return URGENCY[a.severity] - URGENCY[b.severity] || (b.since ?? '').localeCompare(a.since ?? '');
}
