import { AsyncLocalStorage } from 'node:async_hooks';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configOf, SystemClock } from '#config';
import { SinglePartitions } from '#partitions';
import { LoopHealth } from './loop-health.js';
import type { LoopRunner } from './loop-runner.js';
import { TICK_LOOP_TIMEOUT, TickScheduler } from './tick-scheduler.js';

describe('the scheduler of the loop', () => {
  const wakes: number[] = [];
  const stopped: number[] = [];
  const hastened: string[] = [];
  let dueAt: number | null = null;
  let loop: Pick<LoopRunner, 'wake' | 'stop'>;
  let registry: SchedulerRegistry;
  let scheduler: TickScheduler;
  let began: number;

  beforeEach(() => {
    jest.useFakeTimers();
    began = Date.now();
    wakes.length = 0;
    stopped.length = 0;
    hastened.length = 0;
    dueAt = null;
    registry = new SchedulerRegistry();
    loop = {
      wake: async () => {
        wakes.push(Date.now() - began);
      },
      stop: async (withinMs: number) => {
        stopped.push(withinMs);
      },
    };
    const clusters = {
      nextDueAt: () => dueAt,
      hasten: (id: string) => hastened.push(id),
    };
    const config = configOf({ 'scaler.wake_interval': '1s', 'app.shutdown_timeout': '20s' });
    scheduler = new TickScheduler(
      loop,
      clusters,
      { vacate: async () => undefined },
      new SinglePartitions(),
      new LoopHealth(),
      new SystemClock(),
      registry,
      config,
    );
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('wakes at once, and then at least every wake interval', async () => {
    await scheduler.onApplicationBootstrap();
    jest.advanceTimersByTime(3500);
    expect(wakes).toEqual([0, 1000, 2000, 3000]);
    expect(registry.getTimeouts()).toEqual([TICK_LOOP_TIMEOUT]);
  });

  it('wakes outside of the request that hastened a cluster', async () => {
    const requests = new AsyncLocalStorage<string>();
    await scheduler.onApplicationBootstrap();
    let seen: (string | undefined)[] = [];
    loop.wake = async () => {
      seen = [...seen, requests.getStore()];
    };
    requests.run('PUT /clusters/a', () => scheduler.hasten('a'));
    jest.advanceTimersByTime(1500);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('wakes when the next cluster is due', async () => {
    dueAt = began + 250;
    await scheduler.onApplicationBootstrap();
    jest.advanceTimersByTime(0);
    jest.advanceTimersByTime(250);
    dueAt = began + 600;
    jest.advanceTimersByTime(20);
    jest.advanceTimersByTime(330);
    expect(wakes).toEqual([0, 250, 270, 600]);
  });

  it('wakes at once for a changed cluster', async () => {
    await scheduler.onApplicationBootstrap();
    jest.advanceTimersByTime(300);
    scheduler.hasten('c1');
    jest.advanceTimersByTime(0);
    expect(wakes).toEqual([0, 300]);
    expect(hastened).toEqual(['c1']);
  });

  it('stops waking, and lets the loop finish', async () => {
    await scheduler.onApplicationBootstrap();
    jest.advanceTimersByTime(0);
    await scheduler.beforeApplicationShutdown();
    scheduler.hasten('c1');
    jest.advanceTimersByTime(5000);
    expect(wakes).toEqual([0]);
    expect(stopped).toEqual([10_000]);
    expect(registry.getTimeouts()).toEqual([]);
  });
});
