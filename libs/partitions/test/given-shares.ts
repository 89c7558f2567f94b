import { SHARES } from '../src/share.js';
import type { Fence } from '../src/share.js';
import { Shares } from '../src/shares.js';
import type { SharesStatus } from '../src/shares.js';

/** Shares that a test gives and takes away. */
export class GivenShares extends Shares {
  revision = 1;
  readonly refusals: number[] = [];
  private readonly fences = new Map<number, Fence>();

  constructor(token: number) {
    super();
    this.give(token);
  }

  /** All shares under this token; `undefined` takes them away. */
  give(token: number | undefined): void {
    this.fences.clear();
    const shares = token === undefined ? 0 : SHARES;
    for (let share = 0; share < shares; share += 1) this.fences.set(share, { share, token: token ?? 0 });
    this.revision += 1;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  fenceOf(share: number): Fence | undefined {
    return this.fences.get(share);
  }

  refuse(_fences: readonly Fence[], writes: number): void {
    this.refusals.push(writes);
  }

  status(): SharesStatus {
    throw new Error('nobody asks');
  }
}
