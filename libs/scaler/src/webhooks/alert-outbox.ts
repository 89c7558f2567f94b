import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Cluster } from '#clusters';
import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import { HELD_REMOVALS_LOCK, lockUntilCommit } from '#database';
import type { LiveAlert } from '../live-events/live-events.js';
import { ClusterStateRepository } from '../loop/cluster-state.repository.js';
import { type AlertDelivery, AlertDeliveryRepository, INSTALLATION } from './alert-delivery.repository.js';
import { newsOfHeldRemovals } from './held-removals.js';

/** A change of an alert: began, ended or happened. */
export interface AlertNotice {
  /** Receivers detect duplicates by it. */
  readonly id: string;
  readonly cluster: Pick<Cluster, 'id' | 'name' | 'ownerId'>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly alert: LiveAlert;
}

/** Queues alerts for their receivers in the transaction that records them. */
@Injectable()
export class AlertOutbox {
  constructor(
    private readonly deliveries: AlertDeliveryRepository,
    private readonly states: ClusterStateRepository,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'alerts'>,
  ) {}

  /**
   * No statement if there is nothing to queue.
   *
   * @param notices in order; their conditions were written before, in the same transaction
   */
  async write(notices: readonly AlertNotice[], manager: EntityManager): Promise<void> {
    const posted = notices.filter(isPosted);
    if (posted.length === 0) return;
    const isNews = await this.withoutRepeats(posted, manager);
    const deliveries = posted.flatMap((notice): AlertDelivery[] => {
      const receivers = this.receiversOf(notice).filter((receiver) => isNews(notice, receiver));
      return receivers.map((receiver) => ({ id: notice.id, receiver, body: bodyOf(notice) }));
    });
    await this.deliveries.write(deliveries, manager);
  }

  private receiversOf({ cluster }: AlertNotice): readonly string[] {
    return this.config.alerts.webhookUrl === '' ? [cluster.ownerId] : [INSTALLATION, cluster.ownerId];
  }

  private async withoutRepeats(
    notices: readonly AlertNotice[],
    manager: EntityManager,
  ): Promise<(notice: AlertNotice, receiver: string) => boolean> {
    const ofHeld = notices.filter(({ alert }) => alert.code === 'removals_held');
    if (ofHeld.length === 0) return () => true;
    // Serializes instances that record held removals at the same time: each must see what the previous one recorded.
    await lockUntilCommit(HELD_REMOVALS_LOCK, manager);
    const heldNow = await this.states.holding('removals_held', manager);
    const news = new Map<string, ReadonlySet<AlertNotice>>();
    for (const receiver of new Set(ofHeld.flatMap((notice) => this.receiversOf(notice)))) {
      const isTheirs = (ownerId: string): boolean => receiver === INSTALLATION || receiver === ownerId;
      const theirs = ofHeld.filter(({ cluster }) => isTheirs(cluster.ownerId));
      const held = heldNow.filter(({ ownerId }) => isTheirs(ownerId)).map(({ clusterId }) => clusterId);
      news.set(receiver, newsOfHeldRemovals(theirs, held));
    }
    return (notice, receiver) => notice.alert.code !== 'removals_held' || news.get(receiver)?.has(notice) === true;
  }
}

function isPosted({ alert }: AlertNotice): boolean {
  return alert.state === 'cleared' || alert.severity !== 'info';
}

function bodyOf({ id, cluster, at, alert }: AlertNotice): string {
  const { code, severity, state, message } = alert;
  return JSON.stringify({
    id,
    type: 'alert',
    cluster_id: cluster.id,
    cluster_name: cluster.name,
    timestamp: new Date(at).toISOString(),
    data: { code, severity, state, message },
  });
}
