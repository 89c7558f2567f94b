import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { ProviderSessions } from '#providers';
import { isBlind } from './conditions.js';
import { LoopLog } from './loop-log.js';
import type { TickRecord } from './stages.js';

/** Renewals of one cluster are at least so far apart. */
const APART_MS = 30_000;

interface Beat {
  /** Of the last renewal. */
  readonly renewedAt: number;
  /** Why the last attempt failed; `null`: it did not. */
  readonly failure: string | null;
}

const NEVER: Beat = { renewedAt: Number.NEGATIVE_INFINITY, failure: null };

/**
 * Says for clusters that were taken over that they are worked on: a successful tick renews the Lease. Without renewals, something outside of
 * this process gives them back. A failed renewal is reported by the next tick, and stops none.
 */
@Injectable()
export class Heartbeats {
  private readonly beats = new Map<string, Beat>();
  private readonly underWay = new Set<string>();

  constructor(
    @Inject(ProviderSessions) private readonly providers: Pick<ProviderSessions, 'renew'>,
    private readonly clock: Clock,
    private readonly log: LoopLog,
  ) {}

  /** Returns at once. */
  beat(records: readonly TickRecord[], signal: AbortSignal): void {
    for (const record of records) {
      const { id, takenOver = null } = record.cluster;
      if (takenOver === null) this.beats.delete(id);
      else if (isSuccessful(record) && this.isDue(id)) void this.renew(record, signal);
    }
  }

  /** Why the Lease of a cluster could not be renewed; `null`: it was, or nothing is to be renewed. */
  failureOf(clusterId: string): string | null {
    return this.beats.get(clusterId)?.failure ?? null;
  }

  private isDue(id: string): boolean {
    const { renewedAt } = this.beats.get(id) ?? NEVER;
    const since = this.clock.now() - renewedAt;
    // A clock that was set back delays no renewal.
    return !this.underWay.has(id) && (since >= APART_MS || since < 0);
  }

  private async renew(record: TickRecord, signal: AbortSignal): Promise<void> {
    const { id, name } = record.cluster;
    const before = this.beats.get(id) ?? NEVER;
    const at = this.clock.now();
    this.underWay.add(id);
    try {
      await this.providers.renew(record, signal);
      this.beats.set(id, { renewedAt: at, failure: null });
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (before.failure !== failure) this.log.problem(`cannot renew the Lease of ${name} (${id})`, error);
      this.beats.set(id, { ...before, failure });
    } finally {
      this.underWay.delete(id);
    }
  }
}

/** Whether servers and metrics were read, the metrics say something, and what was decided is carried out. */
function isSuccessful(record: TickRecord): boolean {
  const { provider, observation, metricsError, blocked, decision, event, memory } = record;
  if (provider instanceof Error || metricsError !== null || blocked !== null || decision.mode !== 'act') return false;
  if (observation === null || isBlind(observation)) return false;
  if (event !== null && (event.outcome === 'failed' || event.error !== null)) return false;
  return decision.code !== 'database_unreachable' && memory.backoff?.waitsFor !== 'consent';
}
