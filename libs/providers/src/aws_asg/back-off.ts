import { durationWords } from '#config';
import { ProviderError } from '../sdk/index.js';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

interface Pause {
  readonly until: number;
  readonly lengthMs: number;
}

/** Pauses each throttled action of an API: 1 s at first, twice as long each time, 60 s at most. AWS counts actions apart. */
export class BackOff {
  private readonly pauses = new Map<string, Pause>();

  constructor(private readonly clock: { now(): number }) {}

  /** @throws ProviderError `throttled` during the pause of the action */
  check(action: string): void {
    const pause = this.pauses.get(action);
    const left = (pause?.until ?? 0) - this.clock.now();
    // A clock that was set back must not extend a pause.
    if (pause !== undefined && left > 0 && left <= pause.lengthMs)
      throw new ProviderError('throttled', `AWS throttles ${action}; next attempt in ${durationWords(left)}`);
  }

  throttled(action: string): void {
    const lengthMs = Math.min(LONGEST_MS, (this.pauses.get(action)?.lengthMs ?? FIRST_MS / 2) * 2);
    this.pauses.set(action, { until: this.clock.now() + lengthMs, lengthMs });
  }

  answered(action: string): void {
    this.pauses.delete(action);
  }
}
