import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, Clock } from '#config';
import type { AppConfig } from '#config';
import { partitionOf, Partitions } from '#partitions';
import { ProviderRegistry } from '#providers';
import type { DatabaseView, Decided } from '../loop/stages.js';
import { totalOf } from '../loop/tracking.js';

/** Decides what may be carried out while the database cannot record it. */
@Injectable()
export class OutageGuard {
  constructor(
    @Inject(Partitions) private readonly partitions: Pick<Partitions, 'fenceOf' | 'isConfirmed'>,
    @Inject(ProviderRegistry) private readonly providers: Pick<ProviderRegistry, 'guardsCount'>,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'scaler'>,
  ) {}

  /**
   * Only additions, to a count that is no lower than any known one; only by the holder of the cluster that was
   * confirmed last, at most `scaler.journal_limit` ago; only at a provider that refuses outdated requests itself; and only while what users set is known well enough.
   */
  allows(tick: Decided, { knownAt }: Pick<DatabaseView, 'knownAt'>): boolean {
    const { cluster, fence } = tick;
    return (
      isAddition(tick) &&
      this.isRecent(knownAt) &&
      this.partitions.isConfirmed(this.config.scaler.journalLimit) &&
      this.partitions.fenceOf(partitionOf(cluster.id)) === fence &&
      this.providers.guardsCount(cluster)
    );
  }

  private isRecent(knownAt: number | null): boolean {
    if (knownAt === null) return false;
    const age = this.clock.now() - knownAt;
    return age >= 0 && age <= this.config.scaler.journalLimit;
  }
}

function isAddition({ decision, provider, memory }: Decided): boolean {
  if (decision.action !== 'SCALE_UP' || provider instanceof Error) return false;
  const { reference, current, listed, desired } = decision;
  return desired >= Math.max(reference, current, listed, provider.desired ?? 0, totalOf(memory.tracking));
}
