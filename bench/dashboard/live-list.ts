import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { median, round } from './numbers.js';

const WARM_UP_MS = 15_000;
const MINUTE_MS = 60_000;
/** A frame longer than two frames of a 60 Hz screen counts as dropped. */
const DROPPED_MS = 34;

/** Browser cost of an open list. */
export interface LiveListCost {
  readonly ticks_heard_per_s: number;
  readonly main_thread_share: number;
  readonly frames_per_s: number;
  readonly dropped_frames_share: number;
  readonly heap_mb_by_minute: readonly number[];
  /** Heap growth from the first to the last third of the minutes, MB. */
  readonly heap_growth_mb: number;
}

/** Opens the list of all clusters and keeps it open. The page must be logged in, or need no login. */
export async function measureLiveList(
  browser: Browser,
  url: string,
  { clusters, minutes, login }: { clusters: number; minutes: number; login: object | null },
): Promise<LiveListCost> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', viewport: { width: 1440, height: 900 } });
  try {
    if (login !== null) await context.request.post('/auth/login', { data: login });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    await session.send('Network.enable');
    let ticks = 0;
    session.on('Network.webSocketFrameReceived', ({ response }) => {
      if (response.payloadData.includes('"metrics"')) ticks += 1;
    });
    await page.goto('/ui/');
    await page.getByText(`${clusters} clusters`).waitFor();
    await page.evaluate(`window.frames_seen = { count: 0, dropped: 0, last: performance.now() };
      const frame = (now) => {
        const seen = window.frames_seen;
        seen.count += 1;
        if (now - seen.last > ${DROPPED_MS}) seen.dropped += 1;
        seen.last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);`);
    await delay(WARM_UP_MS);
    const heaps = [await heapMb(session)];
    const before = await metrics(session);
    const from = performance.now();
    ticks = 0;
    await page.evaluate('Object.assign(window.frames_seen, { count: 0, dropped: 0 })');
    for (let minute = 1; minute <= minutes; minute += 1) {
      await delay(from + minute * MINUTE_MS - performance.now());
      heaps.push(await heapMb(session));
    }
    const after = await metrics(session);
    const elapsed = performance.now() - from;
    const heard = ticks;
    const seen = (await page.evaluate('window.frames_seen')) as { count: number; dropped: number };
    const task = (after['TaskDuration'] ?? 0) - (before['TaskDuration'] ?? 0);
    const third = Math.max(1, Math.floor(heaps.length / 3));
    return {
      ticks_heard_per_s: round((heard * 1000) / elapsed, 1),
      main_thread_share: round((task * 1000) / elapsed, 3),
      frames_per_s: round((seen.count * 1000) / elapsed),
      dropped_frames_share: round(seen.dropped / seen.count, 4),
      heap_mb_by_minute: heaps.map((size) => round(size, 1)),
      heap_growth_mb: round(median(heaps.slice(-third)) - median(heaps.slice(0, third)), 1),
    };
  } finally {
    await context.close();
  }
}

async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await session.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

async function heapMb(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return ((await metrics(session))['JSHeapUsedSize'] ?? 0) / 1e6;
}
