export interface BatchOptions {
  /** Maximum concurrency. */
  readonly limit: number;
  /** How long finished items wait for the others, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Runs `work` on all items with bounded concurrency and yields the results in batches in order of completion. Usually
 * there is one batch; after `patienceMs` the finished results are yielded, and slow items follow in later batches.
 * `work` must not reject.
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
