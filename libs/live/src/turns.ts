import { TooManyRequestsError } from '#http';

/** More than a client has to say at once that comes back and asks for each of its clusters by itself. */
const MOST_WAITING = 1000;

/**
 * Does what one client asks for in the order in which it asked, one thing after another: what was subscribed to and unsubscribed at once is not
 * watched in the end, and nobody has many queries under way.
 */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /**
   * Does `work` when it is its turn; returns or fails as it does.
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
