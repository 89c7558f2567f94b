export interface BatchOptions {
  /** How many may be under way at a time. */
  readonly limit: number;
  /** How long those that are done wait for those that are not, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Does `work` on all items, concurrently but bounded, and yields the results in batches: as a rule one batch with all of
 * them, but nobody waits longer than `patienceMs` for a straggler; stragglers follow in batches of their own. The order
 * of results is the order of completion. `work` must not reject.
 */
export async function* inBatches<Item, Result>(
  items: readonly Item[],
  options: BatchOptions,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<readonly Result[]> {
  const progress = { open: items.length, next: 0, done: [] as Result[], wake: (): void => undefined };

  const run = async (): Promise<void> => {
    for (let item = items[progress.next]; item !== undefined; item = items[progress.next]) {
      progress.next += 1;
      const result = await work(item);
      progress.done.push(result);
      progress.open -= 1;
      if (progress.open === 0) progress.wake();
    }
  };
  const runners = Array.from({ length: Math.min(options.limit, items.length) }, run);

  while (progress.open > 0 || progress.done.length > 0) {
    if (progress.open > 0) {
      const patience = setInterval(() => {
        if (progress.done.length > 0) progress.wake();
      }, options.patienceMs);
      await new Promise<void>((resolve) => {
        progress.wake = resolve;
      });
      clearInterval(patience);
    }
    yield progress.done.splice(0);
  }
  await Promise.all(runners);
}
