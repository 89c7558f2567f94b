import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '#clusters';
import { createTestDatabase } from '#database/testing';
import type { TestDatabase } from '#database/testing';
import { GivenPartitions } from '../../partitions/test/given-partitions.js';
import { ProviderError } from '#providers';
import { ScalingJournal } from '../src/journal/scaling-journal.js';
import { freezesIn } from './in-database.js';
import { INTERVAL_MS, LoopProcess, Surroundings } from './loop-harness.js';
import type { ProcessOptions } from './loop-harness.js';
import { PLAIN_THRESHOLD } from './plain-threshold.js';

const LIMIT_MS = 15 * 60_000;

describe('a loop whose database is down', () => {
  let database: TestDatabase;
  let around: Surroundings;
  let folder: string;
  let journalDir: string;
  let service: LoopProcess;
  let cluster: Cluster;
  let lives = 0;
  /** What ends processes that were killed. */
  const graves: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createTestDatabase('autoscaler_app');
  });
  afterAll(async () => database.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-'));
    journalDir = join(folder, 'journal');
    around = new Surroundings(database.dataSource);
    cluster = await around.addCluster();
    service = await start();
    await service.tick();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const end of graves.splice(0)) await end();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (options: ProcessOptions = {}): Promise<LoopProcess> => {
    const process = await LoopProcess.create(around, { journalDir, ...options });
    graves.push(async () => process.get(ScalingJournal).onApplicationShutdown());
    await process.loop.wake();
    return process;
  };

  const nextFolder = (): string => {
    lives += 1;
    return join(folder, `journal-${lives}`);
  };

  /** The process is killed: the next one finds its files, which are locked by no living process. */
  const restart = async (options: ProcessOptions = {}): Promise<LoopProcess> => {
    const killed = journalDir;
    journalDir = nextFolder();
    await cp(killed, journalDir, { recursive: true });
    return start(options);
  };

  /** As `restart`, but the next process finds these files, by their names, instead. */
  const restartWith = async (files: Readonly<Record<string, string>>, options: ProcessOptions = {}) => {
    journalDir = nextFolder();
    await mkdir(journalDir);
    for (const [name, text] of Object.entries(files)) await writeFile(join(journalDir, name), text);
    return start(options);
  };

  const breakDatabase = (): (() => void) => {
    const down = async (): Promise<never> => {
      throw new Error('Connection terminated unexpectedly');
    };
    const spies = [
      jest.spyOn(database.dataSource, 'query').mockImplementation(down),
      jest.spyOn(database.dataSource, 'transaction').mockImplementation(down),
    ];
    return () => spies.forEach((spy) => spy.mockRestore());
  };

  /** A user had set this before the database was lost. */
  const holdBefore = async (desired: number, forMs?: number): Promise<() => void> => {
    await around.hold(cluster.id, desired, forMs);
    // Read, and not ticked.
    await service.loop.wake();
    return breakDatabase();
  };

  const asked = () => around.target.asked.map(({ desired }) => desired);
  const journals = async (): Promise<string[]> => (await readdir(journalDir)).filter((name) => name.endsWith('.jsonl'));
  const journal = async (): Promise<{ readonly name: string; readonly text: string }> => {
    const [name = ''] = await journals();
    return { name, text: await readFile(join(journalDir, name), 'utf8') };
  };
  const stored = async (): Promise<Record<string, unknown>[]> =>
    database.dataSource.query(
      `SELECT e.id, e.at, e.desired, e.outcome, e.servers_after, e.error, e.recorded_late_at, count(d.id)::int AS decisions
         FROM scaling_events e LEFT JOIN decisions d ON d.id = e.id AND d.at = e.at
        WHERE e.cluster_id = $1 GROUP BY e.id ORDER BY e.at`,
      [cluster.id],
    );

  it('scales up, and records it with its true time when the database is back', async () => {
    const repair = await holdBefore(5);
    await service.tick();
    const requestedAt = around.clock.now();
    expect(asked()).toEqual([5]);
    expect(await journals()).toHaveLength(1);
    expect(service.health.status()).toMatchObject({ journaledEvents: 1, writable: false });
    await service.tick();
    expect(asked()).toEqual([5]);
    expect(service.alerts()).toEqual(['on_journal raised']);
    repair();
    await service.tick();
    expect(await stored()).toEqual([
      expect.objectContaining({
        at: new Date(requestedAt),
        desired: 5,
        outcome: 'success',
        servers_after: 5,
        recorded_late_at: new Date(around.clock.now()),
        decisions: 1,
      }),
    ]);
    expect(await journals()).toEqual([]);
    expect(service.health.status()).toMatchObject({ journaledEvents: 0, writable: true, waitingTicks: 0 });
    expect(service.alerts()).toEqual(['on_journal raised', 'on_journal cleared']);
    const decision = (await around.decisions(cluster.id)).find(({ at }) => at.getTime() === requestedAt);
    expect(decision?.steps.at(-1)).toMatchObject({ stage: 'act', code: 'journaled' });
  });

  it('scales up when the database is lost with the intent', async () => {
    await around.hold(cluster.id, 5);
    const query = database.dataSource.query.bind(database.dataSource);
    jest.spyOn(database.dataSource, 'query').mockImplementation(async (text: string, ...rest: unknown[]) => {
      if (text.startsWith('INSERT INTO scaling_events')) throw new Error('Connection terminated unexpectedly');
      return query(text, ...(rest as []));
    });
    await service.tick();
    jest.restoreAllMocks();
    expect(asked()).toEqual([5]);
    await service.tick();
    expect(await stored()).toEqual([expect.objectContaining({ outcome: 'success', decisions: 1 })]);
  });

  it('never removes servers', async () => {
    await around.hold(cluster.id, 6);
    await service.tick(5);
    const repair = await holdBefore(3);
    await service.tick(6);
    expect(asked()).toEqual([6]);
    expect(around.target.world(cluster.id).counts).toMatchObject({ active: 6 });
    expect(await journals()).toEqual([]);
    repair();
    await service.tick();
    expect(asked().slice(1)).toEqual([expect.any(Number)]);
  });

  it('requests lost servers again', async () => {
    await around.hold(cluster.id, 5);
    await service.tick(5);
    const repair = breakDatabase();
    around.target.world(cluster.id).crash(2, around.clock.now());
    await service.tick();
    expect(asked()).toEqual([5, 5]);
    repair();
    await service.tick();
    expect((await stored()).map(({ desired }) => desired)).toEqual([5, 5]);
  });

  it('stops when what users set is known no longer', async () => {
    await around.hold(cluster.id, 5, 2 * LIMIT_MS);
    await service.loop.wake();
    // The provider refuses until the limit is over.
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    const repair = breakDatabase();
    const beganAt = around.clock.now();
    while (around.clock.now() - beganAt + INTERVAL_MS <= LIMIT_MS) await service.tick();
    const attempts = asked().length;
    expect(attempts).toBeGreaterThan(5);
    around.target.fail(cluster.id, null);
    await service.tick(30);
    expect(asked()).toHaveLength(attempts);
    expect(around.target.world(cluster.id).counts).toMatchObject({ active: 2, provisioning: 0 });
    repair();
    await service.tick();
    expect(asked()).toHaveLength(attempts + 1);
  });

  it('a pause from before still binds', async () => {
    await around.hold(cluster.id, 5);
    await around.change(cluster.id, { status: 'paused' });
    await service.loop.wake();
    const repair = breakDatabase();
    await service.tick(2);
    expect(asked()).toEqual([]);
    repair();
  });

  it('a pause binds that is set while the database can be read, but not written', async () => {
    const repair = await holdBefore(5);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    await service.tick();
    around.target.fail(cluster.id, null);
    expect(service.health.status()).toMatchObject({ journaledEvents: 1 });
    const attempts = asked().length;
    repair();
    await around.change(cluster.id, { status: 'paused' });
    const readOnly = async (): Promise<never> => {
      throw new Error('cannot execute INSERT in a read-only transaction');
    };
    const { dataSource } = database;
    const query = dataSource.query.bind(dataSource);
    jest.spyOn(dataSource, 'transaction').mockImplementation(readOnly);
    jest
      .spyOn(dataSource, 'query')
      .mockImplementation(async (text: string, ...rest: unknown[]) =>
        /\b(INSERT|UPDATE|DELETE)\b/.test(text) ? readOnly() : query(text, ...(rest as [])),
      );
    await service.tick(20);
    expect(asked()).toHaveLength(attempts);
    jest.restoreAllMocks();
    await service.tick();
    expect(service.health.status()).toMatchObject({ journaledEvents: 0 });
  });

  it('a freeze from before still binds', async () => {
    await around.hold(cluster.id, 5);
    const freezes = freezesIn(database.dataSource);
    const { manager } = database.dataSource;
    await freezes.freeze('alice', null, manager);
    await service.loop.wake();
    const repair = breakDatabase();
    await service.tick(2);
    expect(asked()).toEqual([]);
    repair();
    await freezes.lift(manager);
  });

  it('leaves a hold that ended during the outage behind', async () => {
    const repair = await holdBefore(5, INTERVAL_MS + 1000);
    around.target.fail(cluster.id, null, { kind: 'refuse' });
    await service.tick();
    around.target.fail(cluster.id, null);
    await service.tick(5);
    expect(asked()).toEqual([5]);
    repair();
  });

  it('leaves a provider alone that guards no count', async () => {
    const target = { fencing: false, statesDesired: true, partial: true };
    const provider = (await import('../../providers/test/in-process.definition.js')).inProcessProvider(around.target);
    service = await start({ provider: { target: { ...provider.target!, capabilities: target } } });
    const repair = await holdBefore(5);
    await service.tick(2);
    expect(asked()).toEqual([]);
    repair();
  });

  describe('with several instances', () => {
    const raiseTokens = async (token: number): Promise<void> => {
      await database.dataSource.query(
        `INSERT INTO shares (share, token, job_id, attempt) SELECT share, $1, gen_random_uuid(), 0 FROM generate_series(0, 63) AS share
         ON CONFLICT (share) DO UPDATE SET token = excluded.token`,
        [token],
      );
    };

    it('only the last confirmed holder acts', async () => {
      await raiseTokens(5);
      const partitions = [new GivenPartitions(5), new GivenPartitions(6)] as const;
      const first = await start({ partitions: partitions[0] });
      await first.tick();
      // The first is suspended, and the second takes over; then both lose the database.
      await raiseTokens(6);
      const second = await start({ partitions: partitions[1] });
      await around.hold(cluster.id, 5);
      await Promise.all([first.loop.wake(), second.loop.wake()]);
      partitions[0].confirmed = false;
      const repair = breakDatabase();
      await first.tick();
      expect(asked()).toEqual([]);
      await second.tick();
      expect(asked()).toEqual([5]);
      repair();
      await second.tick();
      expect(await stored()).toEqual([expect.objectContaining({ desired: 5, outcome: 'success', decisions: 1 })]);
    });

    it('what was done under a lost fence is recorded, and the state of the new holder stays', async () => {
      await raiseTokens(5);
      const partitions = new GivenPartitions(5);
      const first = await start({ partitions });
      await around.hold(cluster.id, 5);
      await first.loop.wake();
      const repair = breakDatabase();
      await first.tick();
      expect(asked()).toEqual([5]);
      repair();
      // The database is back, and another instance is faster.
      await raiseTokens(6);
      const second = await start({ partitions: new GivenPartitions(6) });
      await second.tick();
      const before = await database.dataSource.query(`SELECT * FROM cluster_states WHERE cluster_id = $1`, [
        cluster.id,
      ]);
      partitions.give(undefined);
      await first.recorder.flush();
      expect(await stored()).toEqual([
        expect.objectContaining({ desired: 5, outcome: 'success', servers_after: 5, decisions: 1 }),
      ]);
      expect(
        await database.dataSource.query(`SELECT * FROM cluster_states WHERE cluster_id = $1`, [cluster.id]),
      ).toEqual(before);
      expect(await journals()).toEqual([]);
    });
  });

  describe('and that is killed then', () => {
    /** Four servers are requested without the database, which is back then. @returns the journal of that */
    const scaleToFour = async (): ReturnType<typeof journal> => {
      const repair = await holdBefore(4);
      await service.tick();
      repair();
      return journal();
    };

    it('records what it did, and keeps cooldowns, back-off and lead times', async () => {
      const policy = { mode: 'act', threshold: { ...PLAIN_THRESHOLD, cooldownDownMs: 600_000 } } as const;
      await around.change(cluster.id, { policy });
      const repair = await holdBefore(5, 3 * INTERVAL_MS);
      await service.tick();
      const requestedAt = around.clock.now();
      await service.tick(2);
      const { common, tracking } = service.memory(cluster.id);
      repair();
      const next = await restart();
      expect(await stored()).toEqual([
        expect.objectContaining({ at: new Date(requestedAt), desired: 5, outcome: 'success', decisions: 1 }),
      ]);
      expect(next.memory(cluster.id)).toMatchObject({
        common: { changes: common.changes, lastScaleUpAt: requestedAt },
        tracking: { desired: 5, askedAt: tracking.askedAt, servers: tracking.servers },
      });
      // The cooldown runs from the request, not from the restart.
      await next.tick(3);
      expect(next.memory(cluster.id).tracking.leadTimes).toEqual([30_000, 30_000, 30_000]);
      expect(asked()).toEqual([5]);
      expect(await journals()).toEqual([]);
      expect(next.problems).toEqual([expect.stringContaining('found 1 intent of a process that ended')]);
    });

    it('keeps the back-off of a provider that refused', async () => {
      const repair = await holdBefore(5);
      around.target.fail(cluster.id, null, { kind: 'refuse' });
      await service.tick(2);
      const { backoff } = service.memory(cluster.id);
      expect(backoff).toMatchObject({ failures: 2, waitsFor: 'consent' });
      repair();
      const next = await restart();
      expect(next.memory(cluster.id).backoff).toEqual(backoff);
      expect((await stored()).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    });

    it.each([
      ['before the provider was called', false],
      ['before its answer arrived', true],
    ])('%s: finds out the outcome, and doubles nothing', async (_when, isDone) => {
      const repair = await holdBefore(5);
      let reached = (): void => undefined;
      const atProvider = new Promise<void>((resolve) => (reached = resolve));
      let bury = (): void => undefined;
      jest.spyOn(service.providers, 'setDesired').mockImplementation(async () => {
        if (isDone) around.target.world(cluster.id).setDesired(5, around.clock.now());
        reached();
        await new Promise<void>((resolve) => (bury = resolve));
        throw new ProviderError('unreachable', 'dead');
      });
      const dying = service.tick();
      graves.push(async () => {
        bury();
        await dying;
      });
      await atProvider;
      const id = (await journal()).text.match(/"id":"([^"]+)"/)?.[1];
      repair();
      const next = await restart();
      expect(await stored()).toEqual([expect.objectContaining({ id, outcome: 'pending', decisions: 1 })]);
      await next.tick(2);
      const events = await stored();
      expect(events[0]).toMatchObject({ id, outcome: isDone ? 'success' : 'failed' });
      const { active, provisioning } = around.target.world(cluster.id).counts;
      expect(active + provisioning).toBe(5);
      expect(asked()).toEqual(isDone ? [] : [5]);
      expect(events).toHaveLength(isDone ? 1 : 2);
    });

    it('twice in a row: records each intent once', async () => {
      const [id] = (await scaleToFour()).text.match(/[0-9a-f-]{36}/) ?? [];
      // Killed after the commit, before the journal was removed.
      const left = join(folder, 'left');
      await cp(journalDir, left, { recursive: true });
      await restart();
      const first = await stored();
      journalDir = left;
      const last = await restart();
      expect(await stored()).toEqual(first);
      expect(first).toEqual([expect.objectContaining({ id, decisions: 1 })]);
      await last.tick(2);
      expect(asked()).toEqual([4]);
    });

    it('skips a torn line', async () => {
      const { name, text } = await scaleToFour();
      const next = await restartWith({ [name]: text.slice(0, -20) });
      expect(next.problems.join()).toContain('skipped an incomplete line');
      await next.tick(2);
      expect(await stored()).toEqual([expect.objectContaining({ desired: 4, outcome: 'success', decisions: 1 })]);
    });

    it('sets aside what the database rejects, and starts', async () => {
      const { name, text } = await scaleToFour();
      // A cluster that a restored backup does not have.
      const unknown = text
        .replaceAll(cluster.id, '00000000-0000-4000-8000-00000000abcd')
        .replace(/"id":"0\w{7}/g, '"id":"01000000');
      const next = await restartWith({ [name]: text + unknown });
      expect(next.problems.join()).toContain(
        'cannot record the journaled intents of cluster 00000000-0000-4000-8000-00000000abcd',
      );
      expect(await stored()).toHaveLength(1);
      expect(await journals()).toEqual([]);
      expect(await readFile(join(journalDir, `${name}.rejected`), 'utf8')).toBe(text + unknown);
    });

    it('sets a damaged file aside, and records the rest of it', async () => {
      const { name, text } = await scaleToFour();
      const next = await restartWith({ [name]: `{"kind":"later"}\n${text}`, 'notes.jsonl': 'of a user\n' });
      expect(next.problems.join()).toContain('found 1 damaged line');
      expect(await stored()).toHaveLength(1);
      expect((await readdir(journalDir)).sort()).toEqual([`${name}.rejected`, 'notes.jsonl'].sort());
    });

    it('records what is left where the journal is switched off since, in the newest state', async () => {
      const { name, text } = await scaleToFour();
      // By its name it is read last.
      const older = text.replace(/"tickedAt":\d+/g, '"tickedAt":1');
      const files = { [`0${name.slice(1)}`]: text, [`f${name.slice(1)}`]: older };
      await restartWith(files, { journalLimit: '0' });
      expect(await stored()).toHaveLength(1);
      expect(await journals()).toEqual([]);
      const [state] = await database.dataSource.query(`SELECT ticked_at FROM cluster_states WHERE cluster_id = $1`, [
        cluster.id,
      ]);
      expect(state.ticked_at).toEqual(new Date(around.clock.now()));
    });
  });

  it('carries out nothing if the journal cannot be written', async () => {
    await rm(journalDir, { recursive: true, force: true });
    await writeFile(journalDir, 'a file');
    const repair = await holdBefore(5);
    await service.tick();
    expect(asked()).toEqual([]);
    expect(service.problems.join()).toContain('cannot write the journal of intents');
    repair();
    await service.tick();
    expect(asked()).toEqual([5]);
    await rm(journalDir);
  });
});
