import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflow, violations } from './support/axe.js';
import { drawnColumns } from './support/canvas.js';
import type { ApiClient } from './support/client.js';
import { eventually } from './support/eventually.js';
import { addWebCluster, type PageSystem, startPageSystem } from './support/page-system.js';
import type { Person } from './support/person.js';
import type { System } from './support/programs.js';

interface Timeline {
  readonly timestamps: readonly string[];
  readonly forecasts: { readonly timestamps: readonly string[] };
}

/** A time without observations is a gap from this length on. */
const LEAST_HOLE_MS = 45_000;

let started: PageSystem;
let system: System;
let api: ApiClient;
let ada: Person;
let page: Page;
let id: string;

beforeAll(async () => {
  started = await startPageSystem();
  ({ system, api, ada, page } = started);
  id = await addWebCluster(api);
});
afterAll(async () => started?.stop());

async function timeline(): Promise<Timeline> {
  return (await api.get<Timeline>(`/clusters/${id}/timeline?range=5m&points=600`)).body;
}

async function grayness(): Promise<unknown> {
  return page.evaluate(`getComputedStyle(document.querySelector('main')).filter`);
}

/** Waits for observations and forecasts of `ms` after a time. */
async function observed(since: number, ms: number): Promise<void> {
  await eventually(
    'it is observed for a while',
    async () => {
      const { timestamps, forecasts } = await timeline();
      const after = timestamps.map((each) => Date.parse(each)).filter((at) => at > since);
      const made = forecasts.timestamps.some((each) => Date.parse(each) > since);
      return made && (after.at(-1) ?? 0) - (after[0] ?? 0) >= ms;
    },
    60_000,
  );
}

// Each test continues from the end of the previous one.
describe('a service that stops', () => {
  let stoppedAt: number;

  it('is shown on the page: since when, how old the values are, and all in grey', async () => {
    await page.goto(`/ui/clusters/${id}?range=5m`);
    await observed(0, 15_000);
    await system.autoscaler.stop();
    stoppedAt = Date.now();
    const bar = page.getByRole('status', { name: 'Connection' });
    await bar.getByText(/^Not connected since \d\d:\d\d:\d\d\.$/).waitFor();
    const age = async (): Promise<number> => {
      const [, minutes = '0', seconds = '0'] =
        /These values are (?:(\d+) min ?)?(?:([\d.]+) s )?old/.exec((await bar.textContent()) ?? '') ?? [];
      return 60 * Number(minutes) + Number(seconds);
    };
    await eventually('the values are as old as they are', async () => {
      const passed = (Date.now() - stoppedAt) / 1000;
      return passed > 5 && Math.abs((await age()) - passed) < 4;
    });
    expect(await grayness()).toBe('grayscale(1)');
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      // The charts follow the window a little later.
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      const pill = await page.getByRole('status').filter({ hasText: 'Connection lost' }).boundingBox();
      // One line, inside of the header.
      expect(pill?.height).toBeLessThan(40);
      expect(await violations(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await eventually('no value is shown as the present', async () =>
      page.getByRole('region', { name: 'Timeline' }).getByText('Last', { exact: true }).isVisible(),
    );
    await eventually(
      'the time is long enough for a gap',
      async () => Promise.resolve(Date.now() - stoppedAt > LEAST_HOLE_MS + 2000),
      60_000,
    );
    await system.autoscaler.start();
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await bar.getByText('Not connected').waitFor({ state: 'hidden' });
    expect(await grayness()).toBe('none');
    await observed(stoppedAt, 10_000);
  });

  it('leaves it as a gap in every panel: in lines, fills and forecast bands', async () => {
    const times = (await timeline()).timestamps.map((each) => Date.parse(each));
    const [first, last] = [times[0] ?? NaN, times.at(-1) ?? NaN];
    const hole = times.findIndex((time, index) => time - (times[index - 1] ?? time) > LEAST_HOLE_MS);
    const [from, to] = [times[hole - 1] ?? NaN, times[hole] ?? NaN];
    await page.goto(`/ui/clusters/${id}?from=${new Date(first).toISOString()}&to=${new Date(last).toISOString()}`);
    await page.getByText('one point per').waitFor();
    const panels = await eventually('three panels are drawn', async () => {
      const found = await drawnColumns(page);
      return found.length === 2 && found.every(({ width, empty }) => !empty.some(([a, b]) => b - a > 0.9 * width))
        ? found
        : undefined;
    });
    for (const { width, empty } of panels) {
      const [start, end] = empty.toSorted(([a, b], [c, d]) => d - c - (b - a))[0] ?? [NaN, NaN];
      const at = (time: number): number => ((time - first) / (last - first)) * width;
      expect(Math.abs(start - at(from))).toBeLessThan(5);
      expect(Math.abs(end - at(to))).toBeLessThan(5);
    }
  });

  it('logged no page errors', () => {
    expect(ada.faults).toEqual([]);
  });
});
