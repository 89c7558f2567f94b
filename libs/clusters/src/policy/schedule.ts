import { Cron } from 'croner';
import { LRUCache } from 'lru-cache';
import type { OpenWindow, SchedulePolicy } from '#engine';

/** Cache: parsing an expression costs far more than evaluating it, and thousands of clusters evaluate theirs at each tick. */
const crons = new LRUCache<string, Cron>({ max: 10_000 });

/** The windows of a schedule that are open at `now` (milliseconds since the epoch). Times skipped by daylight saving start right after the change. */
export function openWindows({ windows }: SchedulePolicy, now: number): readonly OpenWindow[] {
  return windows
    .filter(({ cron, timeZone, durationMs }) => {
      const opened = cronOf(cron, timeZone).nextRun(new Date(now - durationMs));
      return opened !== null && opened.getTime() <= now;
    })
    .map(({ name, minServers, maxServers }) => ({
      name,
      ...(minServers === undefined ? {} : { minServers }),
      ...(maxServers === undefined ? {} : { maxServers }),
    }));
}

function cronOf(expression: string, timezone: string): Cron {
  const key = `${timezone} ${expression}`;
  const known = crons.get(key);
  if (known !== undefined) return known;
  const cron = new Cron(expression, { mode: '5-part', timezone });
  crons.set(key, cron);
  return cron;
}
