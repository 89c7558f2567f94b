import { Logger } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';

/** Timeout of counting a request, in milliseconds. */
const COUNTED_WITHIN_MS = 1000;

type Standing = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts the requests of an address in the database, so that all instances share one count. A window begins with the
 * first request and lasts as long as the limit says; within it, further refusals need no database access.
 * While the database does not answer (in time), each instance counts alone: a limit that is too high by the number of instances is
 * better than refusing all requests, or none.
 */
export class PostgresRateLimitStorage implements ThrottlerStorage {
  private readonly logger = new Logger('RateLimits');
  private readonly limiters = new Map<string, RateLimiterPostgres>();
  private alone = false;

  /** @param fallback counts while the database does not answer */
  constructor(
    private readonly dataSource: DataSource,
    private readonly fallback: ThrottlerStorage,
  ) {}

  async increment(key: string, ttl: number, limit: number, blockDuration: number, name: string): Promise<Standing> {
    try {
      const standing = await inTime(this.consume(key, ttl, limit));
      this.note(false);
      return standing;
    } catch (error) {
      this.note(true, error);
      return this.fallback.increment(key, ttl, limit, blockDuration, name);
    }
  }

  private async consume(key: string, ttl: number, limit: number): Promise<Standing> {
    try {
      const { consumedPoints, msBeforeNext } = await this.limiter(ttl, limit).consume(key);
      return {
        totalHits: consumedPoints,
        timeToExpire: Math.ceil(msBeforeNext / 1000),
        isBlocked: false,
        timeToBlockExpire: 0,
      };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // The library throws the time until a retry. It does not report the count where it refuses without the database.
      const secondsLeft = Math.ceil(refusal.msBeforeNext / 1000);
      return { totalHits: limit + 1, timeToExpire: secondsLeft, isBlocked: true, timeToBlockExpire: secondsLeft };
    }
  }

  private limiter(ttl: number, limit: number): RateLimiterPostgres {
    const name = `${ttl}:${limit}`;
    let limiter = this.limiters.get(name);
    if (limiter === undefined) {
      limiter = new RateLimiterPostgres({
        storeClient: {
          // Without the library's statement names: a pooler in transaction mode may not support prepared statements.
          query: async ({ text, values }: { text: string; values: unknown[] }) => ({
            rows: await this.dataSource.query<unknown[]>(text, values),
          }),
        },
        storeType: 'client',
        tableName: 'rate_limits',
        tableCreated: true,
        keyPrefix: '',
        points: limit,
        duration: ttl / 1000,
        inMemoryBlockOnConsumed: limit + 1,
      });
      this.limiters.set(name, limiter);
    }
    return limiter;
  }

  private note(alone: boolean, error?: unknown): void {
    if (alone === this.alone) return;
    this.alone = alone;
    if (alone) this.logger.warn(`cannot count requests in the database, counting in this instance: ${String(error)}`);
    else this.logger.log('the database counts requests again');
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${COUNTED_WITHIN_MS} ms`)), COUNTED_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
