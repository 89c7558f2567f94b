import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, makeMigratedFolder, openTestFolder, type TestDatabase } from '#database/testing';
import { eventually } from '../../../test/support/eventually.js';
import { ScalingJournal } from '../src/journal/scaling-journal.js';
import { LoopProcess, Surroundings } from './loop-harness.js';

const RUNS = 40;

/** What happens around one tick. */
interface Moment {
  readonly database: 'up' | 'down' | 'lost in the tick';
  /** A user sets this count, which reaches the service only while the database is up. */
  readonly hold: number | null;
  readonly answers: 'all' | 'refuse' | 'answer_lost' | 'partial';
  readonly crashes: number;
  /** Whether the process is killed after it. */
  readonly isKilled: boolean;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  database: fc.constantFrom('up', 'up', 'down', 'down', 'down', 'lost in the tick'),
  hold: fc.option(fc.integer({ min: 1, max: 9 })),
  answers: fc.constantFrom('all', 'all', 'all', 'refuse', 'answer_lost', 'partial'),
  crashes: fc.constantFrom(0, 0, 0, 1, 2),
  isKilled: fc.constantFrom(false, false, false, true),
});

interface Stored {
  readonly id: string;
  readonly desired: number;
  readonly outcome: string;
  readonly error: string | null;
  readonly decisions: number;
}

describe('for any sequence of outages, kills and answers', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'journal-'));
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  const down = async (): Promise<never> => {
    throw new Error('Connection terminated unexpectedly');
  };
  const spies: { mockRestore(): void }[] = [];
  const isUp = () => spies.length === 0;
  const lose = (): void => {
    if (!isUp()) return;
    spies.push(jest.spyOn(database.dataSource, 'query').mockImplementation(down));
    spies.push(jest.spyOn(database.dataSource, 'transaction').mockImplementation(down));
  };
  const restore = (): void => {
    for (const spy of spies.splice(0)) spy.mockRestore();
  };

  let runs = 0;
  let journaled = 0;
  const play = async (moments: readonly Moment[]): Promise<void> => {
    const around = new Surroundings(database.dataSource);
    const cluster = await around.addCluster();
    runs += 1;
    let journalDir = join(folder, `${runs}-0`);
    let lives = 0;
    const processes: LoopProcess[] = [];
    const begin = async (): Promise<LoopProcess> => {
      const process = await LoopProcess.create(around, { journalDir });
      processes.push(process);
      await process.loop.wake();
      return process;
    };
    let service = await begin();
    const requests: { readonly count: number; readonly before: number; readonly isUp: boolean }[] = [];
    const set = around.target.setDesired.bind(around.target);
    jest.spyOn(around.target, 'setDesired').mockImplementation(async (one, count, call) => {
      requests.push({ count, before: around.target.world(cluster.id).desired, isUp: isUp() });
      return set(one, count, call);
    });
    const intending = jest.spyOn(around.target, 'read');
    const reads = around.target.read.bind(around.target);
    for (const { database: state, hold, answers, crashes, isKilled } of moments) {
      if (hold !== null && isUp()) await around.hold(cluster.id, hold);
      if (state === 'up') restore();
      else if (state === 'down') lose();
      else
        intending.mockImplementationOnce(async (...given) => {
          lose();
          return reads(...given);
        });
      if (crashes > 0) around.target.world(cluster.id).crash(crashes, around.clock.now());
      const fault = answers === 'all' ? null : { kind: answers, granted: 1 };
      around.target.fail(cluster.id, null, fault);
      await service.tick();
      journaled = Math.max(journaled, service.health.status().journaledEvents);
      if (isKilled) {
        restore();
        lives += 1;
        const next = join(folder, `${runs}-${lives}`);
        await cp(journalDir, next, { recursive: true });
        journalDir = next;
        service = await begin();
      }
    }
    restore();
    around.target.fail(cluster.id, null);
    await service.tick(2);
    const events = await database.dataSource.query<Stored[]>(
      `SELECT e.id, e.desired, e.outcome, e.error, count(d.id)::int AS decisions
         FROM scaling_events e LEFT JOIN decisions d ON d.id = e.id AND d.at = e.at
        WHERE e.cluster_id = $1 GROUP BY e.id ORDER BY e.at`,
      [cluster.id],
    );
    const removed = requests.filter(({ count, before, isUp: wasUp }) => !wasUp && count < before);
    expect(removed).toEqual([]);
    // Each request has one event, and each event its decision.
    expect(events.map(({ desired }) => desired)).toEqual(requests.map(({ count }) => count));
    expect(events.filter(({ decisions, outcome }) => decisions !== 1 || outcome === 'pending')).toEqual([]);
    expect(await readdir(journalDir)).toEqual([]);
    expect(service.health.status()).toMatchObject({ journaledEvents: 0, waitingTicks: 0 });
    for (const process of processes) await process.get(ScalingJournal).onApplicationShutdown();
  };
  it(`no server is removed without the database, and each request is recorded once (${RUNS} runs)`, async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(moment, { minLength: 2, maxLength: 10 }), async (moments) => play(moments))
        .afterEach(() => {
          restore();
          jest.restoreAllMocks();
        }),
      { numRuns: RUNS },
    );
    // Else the runs say nothing.
    expect(journaled).toBeGreaterThan(1);
  }, 300_000);
});

describe('a real database that crashes', () => {
  it('misses nothing that was done meanwhile, also by a process that was killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'journal-crash-'));
    await makeMigratedFolder(join(folder, 'database'));
    const dataSource = await openTestFolder(join(folder, 'database'));
    try {
      const around = new Surroundings(dataSource);
      const [first, second] = [await around.addCluster(), await around.addCluster()];
      const service = await LoopProcess.create(around, { journalDir: join(folder, 'journal') });
      await service.loop.wake();
      await service.tick();
      for (const { id } of [first, second]) await around.hold(id, 5);
      await service.loop.wake();
      await dataSource.embedded?.crash();
      await service.tick();
      expect(around.target.asked.map(({ desired }) => desired)).toEqual([5, 5]);
      expect(service.health.status().journaledEvents).toBe(2);
      // Killed, with the database still down; both are started again.
      await cp(join(folder, 'journal'), join(folder, 'left'), { recursive: true });
      await eventually('the database is back', async () => dataSource.query('SELECT 1'));
      const next = await LoopProcess.create(around, { journalDir: join(folder, 'left') });
      await next.loop.wake();
      await next.tick(2);
      for (const { id } of [first, second]) {
        const events = await around.events(id);
        expect(events).toEqual([expect.objectContaining({ desired: 5, outcome: 'success', servers_after: 5 })]);
      }
      expect(around.target.asked).toHaveLength(2);
      expect(await readdir(join(folder, 'left'))).toEqual([]);
      for (const process of [service, next]) await process.get(ScalingJournal).onApplicationShutdown();
    } finally {
      await dataSource.destroy();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
