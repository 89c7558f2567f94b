import { PARTITIONS } from '../src/partition.js';
import type { Fence } from '../src/partition.js';
import { Partitions } from '../src/partitions.js';
import type { PartitionsStatus } from '../src/partitions.js';

/** Partitions that a test gives and takes away. */
export class GivenPartitions extends Partitions {
  revision = 1;
  confirmed = true;
  readonly refusals: number[] = [];
  private readonly fences = new Map<number, Fence>();

  constructor(token: number) {
    super();
    this.give(token);
  }

  /** All partitions under this token; `undefined` takes them away. */
  give(token: number | undefined): void {
    this.fences.clear();
    const partitions = token === undefined ? 0 : PARTITIONS;
    for (let partition = 0; partition < partitions; partition += 1)
      this.fences.set(partition, { partition, token: token ?? 0 });
    this.revision += 1;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  isConfirmed(): boolean {
    return this.confirmed;
  }

  fenceOf(partition: number): Fence | undefined {
    return this.fences.get(partition);
  }

  refuse(_fences: readonly Fence[], writes: number): void {
    this.refusals.push(writes);
  }

  status(): PartitionsStatus {
    throw new Error('not used by these tests');
  }
}
