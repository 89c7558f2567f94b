import { PARTITIONS, type Fence } from './partition.js';

export interface PartitionsStatus {
  readonly mode: 'single' | 'shared';
  /** What this instance calls itself. */
  readonly instance: string;
  readonly held: readonly number[];
  /** Partitions that this instance took since its start. */
  readonly takeOvers: number;
  /** Acts and writes of this instance that were refused because another one had taken the partition. */
  readonly refused: number;
  /** Instances that live, as far as this one knows. */
  readonly instances: number;
  /** Partitions that nobody alive holds, as far as this one knows. */
  readonly orphaned: number;
}

/** Who ticks clusters while their partition is held. */
export interface Tenant {
  /** Ticks the clusters of these partitions no more; resolves once what was under way is finished and written. */
  vacate(partitions: ReadonlySet<number>): Promise<void>;
}

/**
 * The port through which an instance comes to its partitions. An interface and an injection token of the same name.
 *
 * Not in the contract, on purpose: which instance gets which partition, and when a partition moves. What holds everywhere: two instances
 * never hold a partition under the same token, and a later holder's token is higher.
 */
export abstract class Partitions {
  /** Begins to take partitions; a database that is away is tried again. @throws OccupiedError when others leave no room for this instance */
  abstract start(tenant: Tenant): Promise<void>;
  /** Gives back what is held. The clusters must not be ticked any more. */
  abstract stop(): Promise<void>;
  /** `undefined`: not held; `null`: held, and nobody else can have it. */
  abstract fenceOf(partition: number): Fence | null | undefined;
  /** Another number whenever something was taken or lost. */
  abstract get revision(): number;
  /** Somebody has a higher token. */
  abstract refuse(fences: readonly Fence[], writes: number): void;
  abstract status(): PartitionsStatus;
}

export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** A single instance on a database that nobody else can reach, the embedded one, holds everything; nothing is needed for that. */
export class SinglePartitions extends Partitions {
  readonly revision = 0;

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

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
