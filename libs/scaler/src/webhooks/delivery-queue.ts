import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveryError } from './webhook.client.js';

export interface QueueOptions {
  /** Deliveries that may wait for one receiver; the oldest are dropped for newer ones. */
  readonly waiting: number;
  readonly attempts: number;
  /** The first wait between attempts (ms); each further one is twice as long, up to `longestWaitMs`. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const OUTCOMES = ['delivered', 'failed', 'dropped'] as const;
export type Outcome = (typeof OUTCOMES)[number];

type Deliver = (signal: AbortSignal) => Promise<void>;
type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** Delivers to each receiver in order and to all of them at the same time, so that one that is slow holds up none but itself. */
export class DeliveryQueue {
  private readonly receivers = new Map<string, Deliver[]>();
  private readonly aborter = new AbortController();
  private readonly working = new Set<Promise<void>>();

  constructor(
    private readonly options: QueueOptions,
    private readonly onOutcome: (outcome: Outcome, receiver: string, error: unknown) => void,
    private readonly pause: Pause = async (ms, signal) => sleep(ms, undefined, { signal }),
  ) {}

  /** Returns at once. */
  push(receiver: string, deliver: Deliver): void {
    if (this.aborter.signal.aborted) return;
    const waiting = this.receivers.get(receiver);
    if (waiting !== undefined) {
      waiting.push(deliver);
      if (waiting.length <= this.options.waiting) return;
      waiting.shift();
      this.onOutcome('dropped', receiver, null);
      return;
    }
    const own = [deliver];
    this.receivers.set(receiver, own);
    const work = this.work(receiver, own).finally(() => this.working.delete(work));
    this.working.add(work);
  }

  /** Starts nothing new and gives up what waits. */
  async stop(): Promise<void> {
    this.aborter.abort();
    await Promise.all(this.working);
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
  }

  private async work(receiver: string, waiting: Deliver[]): Promise<void> {
    for (let deliver = waiting.shift(); deliver !== undefined; deliver = waiting.shift()) {
      const error = await this.insist(deliver);
      if (this.aborter.signal.aborted) break;
      this.onOutcome(error === null ? 'delivered' : 'failed', receiver, error);
    }
    this.receivers.delete(receiver);
  }

  /** @returns why it was given up; `null` when it was delivered */
  private async insist(deliver: Deliver): Promise<unknown> {
    const { attempts, firstWaitMs, longestWaitMs } = this.options;
    const { signal } = this.aborter;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await deliver(signal);
        return null;
      } catch (error) {
        const isFinal = error instanceof DeliveryError && error.isFinal;
        if (isFinal || attempt === attempts || signal.aborted) return error;
      }
      await this.pause(Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)), signal).catch(() => undefined);
    }
  }
}
