import { Continuity } from './continuity.js';
import { Looks } from './looks.js';
import { type Occupancy, OccupiedError } from './occupancy.js';
import type { Fence } from './partition.js';
import { LEASE_MS } from './occupancy.repository.js';
import type { PartitionRepository } from './partition.repository.js';
import { ALL_PARTITIONS, Partitions, type PartitionsStatus } from './partitions.js';

const LOOK_EVERY_MS = 1000;

/**
 * A single instance on a database that others can reach. It holds all partitions while it keeps its lease, and under
 * fencing tokens, so that its writes are rejected once another instance has taken over.
 */
export class LeasedPartitions extends Partitions {
  private fences: readonly Fence[] = [];
  private changes = 1;
  private takeOvers = 0;
  private refused = 0;
  private isKept = true;
  private readonly continuity = new Continuity(LEASE_MS);
  private readonly looks = new Looks(async () => this.look(), LOOK_EVERY_MS);

  constructor(
    private readonly instance: string,
    private readonly occupancy: Occupancy,
    private readonly repository: PartitionRepository,
    private readonly isMigrated: () => Promise<boolean>,
    private readonly announce: (message: string, error: unknown) => void,
  ) {
    super();
  }

  get revision(): number {
    return this.changes;
  }

  isConfirmed(ageMs: number): boolean {
    return this.continuity.isUnbroken(ageMs);
  }

  fenceOf(partition: number): Fence | undefined {
    return this.fences[partition];
  }

  /** @throws OccupiedError */
  async start(): Promise<void> {
    this.continuity.begin();
    await this.occupancy.enter();
    await this.looks.begin();
  }

  async stop(): Promise<void> {
    await this.looks.end();
    this.continuity.end();
    if (this.fences.length === 0) return;
    try {
      await this.repository.leave(this.fences);
      await this.occupancy.leave();
    } catch (error) {
      this.complain(error);
    }
  }

  refuse(fences: readonly Fence[], writes: number): void {
    this.refused += writes;
    if (fences.some(({ partition, token }) => this.fences[partition]?.token === token)) this.lose();
  }

  status(): PartitionsStatus {
    const held = this.fences.map(({ partition }) => partition);
    return {
      mode: 'single',
      instance: this.instance,
      held,
      takeOvers: this.takeOvers,
      refused: this.refused,
      instances: 1,
      orphaned: ALL_PARTITIONS.length - held.length,
    };
  }

  /** Never rejects; failures are retried at the next poll. */
  private async look(): Promise<void> {
    try {
      await this.step();
      this.isKept = true;
    } catch (error) {
      if (error instanceof OccupiedError) this.lose();
      this.complain(error);
    }
  }

  private async step(): Promise<void> {
    // A new release may run before its schema is migrated.
    if (!(await this.isMigrated())) return;
    const mark = this.continuity.mark();
    if (await this.occupancy.keep()) this.continuity.confirm(mark);
    if (this.fences.length > 0) return;
    this.fences = await this.repository.takeAll(this.instance);
    this.takeOvers += this.fences.length;
    this.changes += 1;
  }

  private lose(): void {
    if (this.fences.length === 0) return;
    this.fences = [];
    this.changes += 1;
  }

  private complain(error: unknown): void {
    if (this.isKept) this.announce('cannot renew the lease at the database', error);
    this.isKept = false;
  }
}
