import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';
import type { Clock } from '#config';

/** Maximum of remembered addresses; a client with more addresses is not stopped by limits per address anyway. */
const KNOWN_ADDRESSES = 50_000;

type Standing = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts the requests of an address within a sliding window. The throttler's own storage scans all counted
 * requests each time, so that a request costs more the higher the limit is; here the cost is constant.
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
    // Refused requests do not count, or a client that keeps trying would stay blocked forever.
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

/** A queue of times; the oldest are removed from the front. */
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
    // Compacting now and then costs each entry once.
    if (this.first > 32 && this.first * 2 > this.times.length) {
      this.times = this.times.slice(this.first);
      this.first = 0;
    }
  }
}
