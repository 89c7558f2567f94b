import { isMainThread } from 'node:worker_threads';

/** A clock that runs faster than real time: at `real` it shows `virtual`. Milliseconds since the epoch. */
export interface Compression {
  readonly real: number;
  readonly virtual: number;
  readonly speed: number;
}

/** The variable that the preload reads its compression from, as JSON. */
export const CLOCK_VARIABLE = 'BENCH_CLOCK';

export function virtualAt({ real, virtual, speed }: Compression, at: number): number {
  return Math.floor(virtual + (at - real) * speed);
}

export function realAt({ real, virtual, speed }: Compression, at: number): number {
  return real + (at - virtual) / speed;
}

type Timed = Pick<typeof globalThis, 'Date' | 'setTimeout' | 'setInterval'>;
type Callback = (...args: unknown[]) => void;

/**
 * Makes the clock and the timers of a process run faster. Programs need no change, and everything that they measure or
 * wait for is compressed alike: intervals, ages, caches, and timeouts. Monotonic clocks stay as they are.
 */
export function compress(target: Timed, compression: Compression): void {
  const { Date: RealDate, setTimeout: realTimeout, setInterval: realInterval } = target;
  const now = (): number => virtualAt(compression, RealDate.now());
  target.Date = new Proxy(RealDate, {
    construct: (date, args: [], newTarget) =>
      Reflect.construct(date, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (date, name, receiver) => (name === 'now' ? now : (Reflect.get(date, name, receiver) as unknown)),
  });
  const faster =
    (start: (callback: Callback, ms?: number, ...args: unknown[]) => unknown) =>
    (callback: Callback, ms = 0, ...args: unknown[]): unknown =>
      start(callback, ms / compression.speed, ...args);
  // The promisified forms of the originals are kept.
  target.setTimeout = Object.assign(faster(realTimeout as never), realTimeout);
  target.setInterval = Object.assign(faster(realInterval as never), realInterval);
}

// As a preload (`node --import`). The thread of the embedded database keeps real time: its leases are renewed in it.
const setting = process.env[CLOCK_VARIABLE];
if (setting !== undefined && isMainThread) compress(globalThis, JSON.parse(setting) as Compression);
