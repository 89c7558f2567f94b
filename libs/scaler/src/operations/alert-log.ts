import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import { LiveBus } from '../live-events/live-bus.js';
import type { LiveAlert, LiveEvents } from '../live-events/live-events.js';

/** Something a person was told of a cluster. */
export interface Alert {
  readonly clusterId: string;
  readonly code: AlertCode;
  readonly severity: LiveAlert['severity'];
  readonly message: string;
  /** The numbers behind the message. */
  readonly data?: LiveAlert['data'];
  /** RFC 3339, UTC. */
  readonly since: string;
  /** RFC 3339, UTC; the same as `since` for what only happened; `null` while it holds. */
  readonly until: string | null;
}

/** Alerts that are over and still told of, the newest of all clusters together. */
const ENDED_KEPT = 1000;
/** Clusters whose conditions are known; those that were deleted while one held make room for others. */
const CLUSTERS_KEPT = 20_000;

/** What this process announced of its clusters, since it started: what holds, and what held of late. */
@Injectable()
export class AlertLog {
  private readonly holding = new LRUCache<string, Map<AlertCode, Alert>>({ max: CLUSTERS_KEPT });
  /** Oldest first. */
  private ended: Alert[] = [];

  constructor(bus: LiveBus) {
    bus.on('alert', (event) => this.hear(event));
  }

  /** That a condition was announced and has not ended; `undefined` where it was not. */
  held(clusterId: string, code: AlertCode): Alert | undefined {
    return this.holding.get(clusterId)?.get(code);
  }

  /** What is over, of one cluster or (`null`) of all; newest first. */
  over(clusterId: string | null): Alert[] {
    return this.ended.filter((alert) => clusterId === null || alert.clusterId === clusterId).toReversed();
  }

  private hear({ cluster_id: clusterId, timestamp, data }: LiveEvents['alert']): void {
    const { state, ...alert } = data;
    const { code } = alert;
    const held = this.held(clusterId, code);
    if (state === 'noticed') {
      this.end({ clusterId, ...alert, since: timestamp, until: timestamp });
    } else if (state === 'cleared') {
      this.forget(clusterId, code);
      if (held !== undefined) this.end({ ...held, until: timestamp });
    } else {
      const codes = this.holding.get(clusterId) ?? new Map<AlertCode, Alert>();
      this.holding.set(clusterId, codes.set(code, { clusterId, ...alert, since: timestamp, until: null }));
    }
  }

  private forget(clusterId: string, code: AlertCode): void {
    const codes = this.holding.get(clusterId);
    codes?.delete(code);
    if (codes?.size === 0) this.holding.delete(clusterId);
  }

  private end(alert: Alert): void {
    this.ended.push(alert);
    // Not each time: shifting a long list costs more than a few entries more.
    if (this.ended.length > 2 * ENDED_KEPT) this.ended = this.ended.slice(-ENDED_KEPT);
  }
}
