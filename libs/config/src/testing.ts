import { Clock } from './clock.js';

/** A clock that the test moves; `time` is in milliseconds since the epoch. */
export class ManualClock extends Clock {
  constructor(public time = Date.UTC(2026, 0, 5, 12)) {
    super();
  }

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}
