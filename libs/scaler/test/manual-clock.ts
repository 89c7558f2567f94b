import { Clock } from '#config';

/** A clock that only its owner moves. */
export class ManualClock extends Clock {
  constructor(private time = Date.UTC(2026, 0, 5, 12)) {
    super();
  }

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }

  set(time: number): void {
    this.time = time;
  }
}
