import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('messages of one client', () => {
  it('are handled in order, even if one is slow or fails', async () => {
    const turns = new Turns();
    const done: string[] = [];
    let finish = (): void => undefined;
    const slow = turns.take(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      done.push('slow');
    });
    const failing = turns.take(() => {
      done.push('failing');
      throw new Error('no');
    });
    const last = turns.take(() => {
      done.push('last');
    });
    await Promise.resolve();
    expect(done).toEqual([]);
    finish();
    await expect(failing).rejects.toThrow('no');
    await Promise.all([slow, last]);
    expect(done).toEqual(['slow', 'failing', 'last']);
  });

  it('are rejected while a thousand are pending', async () => {
    const turns = new Turns();
    let finish = (): void => undefined;
    const first = turns.take(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const others = Array.from({ length: 999 }, () => turns.take(() => undefined));
    await expect(turns.take(() => undefined)).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    finish();
    await Promise.all([first, ...others]);
    await turns.take(() => undefined);
  });
});
