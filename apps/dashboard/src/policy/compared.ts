import type { BacktestDetail, BacktestRow } from '../backtests/queries';

type Result = NonNullable<BacktestDetail['result']>;

/** What a policy would have used and done in the time that is counted. */
export interface Totals {
  /** Mean of active and provisioning servers. */
  readonly servers: number;
  readonly serverHours: number;
  /** Minutes at mean load in which requests were slow. */
  readonly slowMinutes: number;
  readonly actions: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Less history shows no day and no night. */
export const ENOUGH_MS = DAY_MS;

/** How much history was played, ms. */
export function playedMs({ ticks, tick_seconds: seconds }: Pick<Result, 'ticks' | 'tick_seconds'>): number {
  return ticks * seconds * 1000;
}

/** The part of it that is counted, ms: the first quarter, at most three days, prepares the models (docs/backtests.md). */
export function countedMs(result: Pick<Result, 'ticks' | 'tick_seconds'>): number {
  const tick = result.tick_seconds * 1000;
  return playedMs(result) - tick * Math.min(Math.floor(result.ticks / 4), Math.floor((3 * DAY_MS) / tick));
}

/** @param ms the time that is counted */
export function totalsOf(
  row: Pick<BacktestRow, 'server_hours' | 'violations' | 'actions_per_day'>,
  ms: number,
): Totals {
  return {
    servers: ms === 0 ? 0 : row.server_hours / (ms / HOUR_MS),
    serverHours: row.server_hours,
    slowMinutes: (row.violations * ms) / 60_000,
    actions: (row.actions_per_day * ms) / DAY_MS,
  };
}

/** What was recorded: servers at times in ms, oldest first. */
export interface Recorded {
  readonly times: readonly number[];
  readonly servers: readonly (number | null)[];
  readonly stepMs: number;
}

/** The recorded servers at other times; `null` where nothing was recorded within two steps before. */
export function recordedAt({ times, servers, stepMs }: Recorded, at: readonly number[]): (number | null)[] {
  let index = -1;
  return at.map((time) => {
    while ((times[index + 1] ?? Infinity) <= time) index += 1;
    const last = times[index];
    return last === undefined || time - last > 2 * stepMs ? null : (servers[index] ?? null);
  });
}
