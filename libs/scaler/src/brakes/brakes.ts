import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import { withhold } from '../loop/decide.js';
import type { DatabaseView, Decided } from '../loop/stages.js';
import { LoopLog } from '../loop/loop-log.js';
import { ProviderSessions } from '#providers';
import { Census } from './census.js';
import type { Neighbor } from './census.js';
import { FreezeRepository } from './freeze.repository.js';
import type { Freeze } from './freeze.repository.js';
import { CONFIRMED_MS, highestLately, isBigRemoval, judgeRemoval, WINDOW_MS } from './mass-removal.js';
import type { Neighborhood, Verdict } from './mass-removal.js';
import { RemovalProposalRepository } from './removal-proposal.repository.js';
import type { RemovalProposal } from './removal-proposal.repository.js';

interface Wanted {
  readonly tick: Decided;
  readonly proposal: RemovalProposal;
}

/**
 * The checks between a decision and the provider: a paused cluster, a freeze of all scaling, and the hold on
 * simultaneous removals in many clusters. Decisions are still made and shown; a brake turns them into MAINTAIN and adds
 * the reason.
 */
@Injectable()
export class Brakes {
  private frozen: Freeze | null = null;
  /** Clusters of this instance whose last tick proposed a big removal. */
  private readonly wanting = new Set<string>();

  constructor(
    private readonly freezes: FreezeRepository,
    private readonly proposals: RemovalProposalRepository,
    @Inject(ProviderSessions) private readonly providers: Pick<ProviderSessions, 'endpointOf'>,
    private readonly census: Census,
    private readonly clock: Clock,
    private readonly log: LoopLog,
  ) {}

  get freeze(): Freeze | null {
    return this.frozen;
  }

  /** Reads the freeze. Throws when the database is unreachable; the last known freeze then stays in force. */
  async refresh(): Promise<void> {
    this.frozen = await this.freezes.current();
  }

  /**
   * Returns the decisions, with those that must not be carried out withheld. Never rejects.
   *
   * @param database a database that is known to be down is not waited for: large removals wait
   */
  async apply(
    decided: readonly Decided[],
    { isReadable }: Pick<DatabaseView, 'isReadable'>,
  ): Promise<readonly Decided[]> {
    const { frozen } = this;
    const allowed = decided.map((tick) => (frozen === null ? stopPaused(tick) : stopFrozen(stopPaused(tick), frozen)));
    try {
      if (isReadable) return await this.holdMassRemovals(allowed);
    } catch (error) {
      this.log.problem('cannot compare removals with other clusters; large removals wait', error);
    }
    return allowed.map((tick) => (this.isBig(tick) ? withheld(tick, 'wait', 0) : tick));
  }

  private async holdMassRemovals(decided: readonly Decided[]): Promise<readonly Decided[]> {
    const now = this.clock.now();
    const big = decided.filter((tick) => this.isBig(tick));
    await this.end(decided, big, now);
    if (big.length === 0) return decided;
    const ids = big.map(({ cluster }) => cluster.id);
    const before = new Map((await this.proposals.ofClusters(ids)).map((one) => [one.clusterId, one]));
    const wanted = big.map((tick): Wanted => ({ tick, proposal: this.propose(tick, before, now) }));
    // Write first, then read: of two instances or batches that propose removals at the same time, at least one sees the
    // other's.
    await this.proposals.write(wanted.map(({ proposal }) => proposal));
    const neighbors = await this.census.take();
    const recent = await this.proposals.recent(now - WINDOW_MS);
    const around = neighborhoodsOf(neighbors, recent);
    const released = new Set(recent.flatMap(({ clusterId, isReleased }) => (isReleased ? [clusterId] : [])));
    const verdicts = new Map<Decided, { readonly verdict: Verdict; readonly wanting: number }>();
    const changed: RemovalProposal[] = [];
    for (const { tick, proposal } of wanted) {
      const near = around.get(proposal.endpoint) ?? NO_NEIGHBORS;
      const isReleased = released.has(proposal.clusterId);
      const verdict = judgeRemoval({ ...proposal, isReleased }, near, tick.intervalMs, now);
      verdicts.set(tick, { verdict, wanting: near.wanting });
      const isHeld = verdict === 'hold';
      // A removal that is carried out does not confirm a further one; the next removal starts a new proposal.
      const isEnded = verdict === 'pass';
      if (isEnded || isHeld !== proposal.isHeld) changed.push({ ...proposal, isHeld, isEnded });
    }
    await this.proposals.write(changed);
    ids.forEach((id) => this.wanting.add(id));
    return decided.map((tick) => {
      const judged = verdicts.get(tick);
      return judged === undefined || judged.verdict === 'pass' ? tick : withheld(tick, judged.verdict, judged.wanting);
    });
  }

  /** Continues the proposal of earlier ticks if it is recent, not ended and behind the same endpoint. */
  private propose(
    { cluster, intervalMs }: Decided,
    known: ReadonlyMap<string, RemovalProposal>,
    now: number,
  ): RemovalProposal {
    const endpoint = this.providers.endpointOf(cluster);
    const before = known.get(cluster.id);
    const isContinued =
      before !== undefined &&
      !before.isEnded &&
      before.endpoint === endpoint &&
      now - before.lastAt <= Math.max(WINDOW_MS, 3 * intervalMs);
    return isContinued
      ? { ...before, lastAt: now }
      : {
          clusterId: cluster.id,
          endpoint,
          firstAt: now,
          lastAt: now,
          isEnded: false,
          isHeld: false,
          isReleased: false,
        };
  }

  private async end(decided: readonly Decided[], big: readonly Decided[], now: number): Promise<void> {
    const still = new Set(big.map(({ cluster }) => cluster.id));
    const ended = decided.map(({ cluster }) => cluster.id).filter((id) => this.wanting.has(id) && !still.has(id));
    if (ended.length === 0) return;
    await this.proposals.end(ended, now - 2 * CONFIRMED_MS);
    ended.forEach((id) => this.wanting.delete(id));
  }

  private isBig({ memory, decision }: Decided): boolean {
    const { changes } = memory.common;
    return isBigRemoval(decision, highestLately(decision.reference, changes, this.clock.now()));
  }
}

const NO_NEIGHBORS: Neighborhood = { clusters: 0, wanting: 0, oldestTickAt: null };

/** Groups clusters by endpoint. */
function neighborhoodsOf(
  neighbors: readonly Neighbor[],
  recent: readonly RemovalProposal[],
): ReadonlyMap<string, Neighborhood> {
  const wanting = new Map(recent.map(({ clusterId, endpoint }) => [clusterId, endpoint]));
  const found = new Map<string, Neighborhood>();
  for (const { clusterId, endpoint, tickedAt } of neighbors) {
    const { clusters, wanting: count, oldestTickAt } = found.get(endpoint) ?? NO_NEIGHBORS;
    const isOldest = clusters === 0 || tickedAt === null || (oldestTickAt !== null && tickedAt < oldestTickAt);
    found.set(endpoint, {
      clusters: clusters + 1,
      wanting: count + (wanting.get(clusterId) === endpoint ? 1 : 0),
      oldestTickAt: isOldest ? tickedAt : oldestTickAt,
    });
  }
  return found;
}

/** A paused cluster is still decided on and shown; only acting is withheld. */
function stopPaused(tick: Decided): Decided {
  const { decision, cluster } = tick;
  if (cluster.status !== 'paused') return tick;
  const { current, desired } = decision;
  return { ...tick, decision: withhold(decision, 'paused', { current, desired }) };
}

function stopFrozen(tick: Decided, { by, reason: why }: Freeze): Decided {
  return { ...tick, decision: withhold(tick.decision, 'frozen', { by, why }) };
}

function withheld(tick: Decided, verdict: 'wait' | 'hold', clusters: number): Decided {
  const { decision } = tick;
  const removed = decision.current - decision.desired;
  const kept =
    verdict === 'wait'
      ? withhold(decision, 'removal_waits', { removed })
      : withhold(decision, 'removals_held', { removed, clusters });
  return { ...tick, decision: kept };
}
