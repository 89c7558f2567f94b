import { ProviderError } from '../sdk/index.js';

/**
 * Waits no longer than `timeoutMs`, and no longer than `outer` lasts, whether or not `work` listens to its signal.
 *
 * @param graceMs how long before the end the signal of `work` is aborted, so that it can still return what it has
 *
 * @throws ProviderError `unreachable` when the time is over
 */
export async function within<T>(
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  graceMs = 0,
): Promise<T> {
  // A signal that is aborted already fires no event.
  if (outer.aborted) throw new ProviderError('unreachable', 'not requested: no time left');
  const limit = new AbortController();
  let end = (): void => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    end = () => {
      limit.abort();
      reject(new ProviderError('unreachable', 'no answer in time'));
    };
  });
  // Unlike `AbortSignal.timeout` the timer ends with its work: thousands of answered requests leave none behind.
  const timer = setTimeout(end, timeoutMs);
  const warning = graceMs > 0 ? setTimeout(() => limit.abort(), timeoutMs - graceMs) : undefined;
  outer.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work(limit.signal), over]);
  } finally {
    clearTimeout(timer);
    clearTimeout(warning);
    outer.removeEventListener('abort', end);
  }
}
