import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadedPage, OutdatedPage } from './loaded-page';

const Part = (): null => null;
const missing = new TypeError('Failed to fetch dynamically imported module: http://localhost/ui/assets/part.js');

describe('a lazily loaded page', () => {
  let isThere: boolean;
  beforeEach(() => {
    jest.useFakeTimers();
    isThere = true;
    jest.spyOn(globalThis, 'fetch').mockImplementation(async () => {
      if (!isThere) throw new TypeError('Failed to fetch');
      return Promise.resolve(new Response());
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('is retried while the service is unreachable', async () => {
    isThere = false;
    let loads = 0;
    const loading = loadedPage(async () => {
      loads += 1;
      if (loads < 3) throw missing;
      return Promise.resolve(Part);
    });
    await jest.advanceTimersByTimeAsync(500 + 1000);
    expect(await loading).toEqual({ Component: Part });
  });

  it('is outdated if the service does not have it', async () => {
    await expect(loadedPage(async () => Promise.reject(missing))).rejects.toThrow(OutdatedPage);
  });

  it('reports its own error', async () => {
    const broken = new RangeError('Invalid language tag: en-US@posix');
    await expect(loadedPage(async () => Promise.reject(broken))).rejects.toBe(broken);
    expect(fetch).not.toHaveBeenCalled();
  });
});
