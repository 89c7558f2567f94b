import { PARTITIONS, type Fence } from './partition.js';

export interface PartitionsStatus {
  readonly mode: 'single' | 'shared';
  /** Name of this instance. */
  readonly instance: string;
  readonly held: readonly number[];
  /** Partitions that this instance took since its start. */
  readonly takeOvers: number;
  /** Requests and writes of this instance that were rejected because another one holds the partition. */
  readonly refused: number;
  /** Instances alive, as far as this one knows. */
  readonly instances: number;
  /** Partitions without a living holder, as far as this one knows. */
  readonly orphaned: number;
}

/** Ticks the clusters of held partitions. */
export interface Tenant {
  /** Stops ticking the clusters of these partitions; resolves once running ticks are finished and written. */
  vacate(partitions: ReadonlySet<number>): Promise<void>;
}

/**
 * Port through which an instance gets its partitions: interface and injection token.
 *
 * Implementations decide which instance gets which partition and when. All guarantee: no two instances hold a partition
 * under the same token, and a later holder has a higher token.
 */
export abstract class Partitions {
  /**
   * Starts taking partitions; retries while the database is unreachable. @throws OccupiedError if other instances
   * exclude this one
   */
  abstract start(tenant: Tenant): Promise<void>;
  /** Releases all partitions. Their clusters must not be ticked any more. */
  abstract stop(): Promise<void>;
  /** `undefined`: not held; `null`: held, and no other instance can take it. */
  abstract fenceOf(partition: number): Fence | null | undefined;
  /**
   * Whether the database confirmed at most `ageMs` ago what this process holds, and it has run without a pause of a
   * lease time since. If the database is down for all instances, none can have taken over meanwhile.
   */
  abstract isConfirmed(ageMs: number): boolean;
  /** Changes whenever a partition is taken or lost. */
  abstract get revision(): number;
  /** Reports writes that were rejected because of a higher token. */
  abstract refuse(fences: readonly Fence[], writes: number): void;
  abstract status(): PartitionsStatus;
}

export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** A single instance on the embedded database, which no other can reach, holds all partitions. */
export class SinglePartitions extends Partitions {
  readonly revision = 0;

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  isConfirmed(): boolean {
    return true;
  }

  fenceOf(): null {
    return null;
  }

  refuse(): void {}

  status(): PartitionsStatus {
    return {
      mode: 'single',
      instance: 'single',
      held: ALL_PARTITIONS,
      takeOvers: 0,
      refused: 0,
      instances: 1,
      orphaned: 0,
    };
  }
}
