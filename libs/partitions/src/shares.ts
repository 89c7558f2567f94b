import { SHARES, type Fence } from './share.js';

export interface SharesStatus {
  readonly mode: 'single' | 'shared';
  /** What this instance calls itself. */
  readonly instance: string;
  readonly held: readonly number[];
  /** Shares that this instance took since its start. */
  readonly takeOvers: number;
  /** Acts and writes of this instance that were refused because another one had taken the share. */
  readonly refused: number;
  /** Instances that live, as far as this one knows. */
  readonly instances: number;
  /** Shares that nobody alive holds, as far as this one knows. */
  readonly orphaned: number;
}

/** Who ticks clusters while their share is held. */
export interface Tenant {
  /** Ticks the clusters of these shares no more; resolves once what was under way is finished and written. */
  vacate(shares: ReadonlySet<number>): Promise<void>;
}

/**
 * The port through which an instance comes to its shares. An interface and an injection token of the same name.
 *
 * Not in the contract, on purpose: which instance gets which share, and when a share moves. What holds everywhere: two instances
 * never hold a share under the same token, and a later holder's token is higher.
 */
export abstract class Shares {
  /** Begins to take shares; a database that is away is tried again. @throws OccupiedError when others leave no room for this instance */
  abstract start(tenant: Tenant): Promise<void>;
  /** Gives back what is held. The clusters must not be ticked any more. */
  abstract stop(): Promise<void>;
  /** `undefined`: not held; `null`: held, and nobody else can have it. */
  abstract fenceOf(share: number): Fence | null | undefined;
  /** Another number whenever something was taken or lost. */
  abstract get revision(): number;
  /** Somebody has a higher token. */
  abstract refuse(fences: readonly Fence[], writes: number): void;
  abstract status(): SharesStatus;
}

export const ALL_SHARES: readonly number[] = Array.from({ length: SHARES }, (_, share) => share);

/** A single instance on a database that nobody else can reach, the embedded one, holds everything; nothing is needed for that. */
export class SingleShares extends Shares {
  readonly revision = 0;

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  fenceOf(): null {
    return null;
  }

  refuse(): void {}

  status(): SharesStatus {
    return {
      mode: 'single',
      instance: 'single',
      held: ALL_SHARES,
      takeOvers: 0,
      refused: 0,
      instances: 1,
      orphaned: 0,
    };
  }
}
