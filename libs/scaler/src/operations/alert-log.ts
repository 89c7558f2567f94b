import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { AlertCode } from '../live-events/live-alert.dto.js';
import { LiveBus } from '../live-events/live-bus.js';
import type { LiveAlert, LiveEvents } from '../live-events/live-events.js';

/** An alert of a cluster. */
export interface Alert {
  readonly clusterId: string;
  readonly code: AlertCode;
  readonly severity: LiveAlert['severity'];
  readonly message: string;
  /** The numbers behind the message. */
  readonly data?: LiveAlert['data'];
  /** RFC 3339, UTC. */
  readonly since: string;
  /** RFC 3339, UTC; equal to `since` for single events; `null` while the condition holds. */
  readonly until: string | null;
}

/** Ended alerts that are kept: the newest over all clusters. */
const ENDED_KEPT = 1000;
/** Clusters whose active conditions are kept; above the limit the least recently used are dropped. */
const CLUSTERS_KEPT = 20_000;

/** Alerts of this process since its start: active conditions and recent ended ones. */
@Injectable()
export class AlertLog {
  private readonly holding = new LRUCache<string, Map<AlertCode, Alert>>({ max: CLUSTERS_KEPT });
  /** Oldest first. */
  private ended: Alert[] = [];

  constructor(bus: LiveBus) {
    bus.on('alert', (event) => this.hear(event));
  }

  /** The active alert for a condition; `undefined`: it is not active. */
  held(clusterId: string, code: AlertCode): Alert | undefined {
    return this.holding.get(clusterId)?.get(code);
  }

  /** Ended alerts of one cluster or (`null`) of all; newest first. */
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
    // Trimmed in bulk: shifting a long list costs more than a few extra entries.
    if (this.ended.length > 2 * ENDED_KEPT) this.ended = this.ended.slice(-ENDED_KEPT);
  }
}
