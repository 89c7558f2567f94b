import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';
import type { Clock } from '#config';

/** Addresses that are remembered; whoever comes from more at a time is not held by limits per address anyway. */
const KNOWN_ADDRESSES = 50_000;

type Standing = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts what an address asked for within the time before now. The storage that comes with the throttler looks through all that it counted
 * at each request, so that a request costs the more the higher the limit is; here it costs the same.
 */
export class MemoryRateLimitStorage implements ThrottlerStorage {
  private readonly windows = new LRUCache<string, Window>({ max: KNOWN_ADDRESSES });

  constructor(private readonly clock: Clock) {}

  increment(key: string, ttl: number, limit: number): Promise<Standing> {
    const now = this.clock.now();
    let window = this.windows.get(key);
    if (window === undefined) this.windows.set(key, (window = new Window()));
    window.forgetUntil(now - ttl);
    const isBlocked = window.size >= limit;
    // What is refused does not count, or whoever keeps trying would never get in again.
    if (!isBlocked) window.add(now);
    const secondsLeft = Math.ceil((window.oldest + ttl - now) / 1000);
    return Promise.resolve({
      totalHits: window.size + (isBlocked ? 1 : 0),
      timeToExpire: secondsLeft,
      isBlocked,
      timeToBlockExpire: isBlocked ? secondsLeft : 0,
    });
  }
}

/** Times in the order in which they came; the oldest are forgotten from the front. */
class Window {
  private times: number[] = [];
  private first = 0;

  get size(): number {
    return this.times.length - this.first;
  }

  get oldest(): number {
    return this.times[this.first] ?? 0;
  }

  add(time: number): void {
    this.times.push(time);
  }

  forgetUntil(time: number): void {
    while (this.first < this.times.length && (this.times[this.first] ?? 0) <= time) this.first += 1;
    // Moving the rest to the front now and then costs each time once.
    if (this.first > 32 && this.first * 2 > this.times.length) {
      this.times = this.times.slice(this.first);
      this.first = 0;
    }
  }
}
