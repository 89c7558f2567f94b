import { TooManyRequestsError } from '#http';

/** More than a client sends at once that reconnects and subscribes to each cluster separately. */
const MOST_WAITING = 1000;

/**
 * Handles the messages of one client in order, one after another: a subscribe followed by an unsubscribe ends up
 * unsubscribed, and no client has many queries in flight.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /**
   * Runs `work` when it is its turn; returns or fails as it does.
   *
   * @throws TooManyRequestsError when a thousand wait already
   */
  async take<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.waiting >= MOST_WAITING) {
      throw new TooManyRequestsError('rate_limit_exceeded', 'too many requests at once; wait for the responses', 1);
    }
    this.waiting += 1;
    const turn = this.last.then(work).finally(() => {
      this.waiting -= 1;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
