import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConstructionPlans } from 'pg-boss';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { eventually } from '../../../test/support/eventually.js';
import { EngineShares } from '../src/engine.shares.js';
import { LeasedShares } from '../src/leased.shares.js';
import { Occupancy } from '../src/occupancy.js';
import { OccupancyStore } from '../src/occupancy.store.js';
import { type Fence, fairPart, SHARES } from '../src/share.js';
import { ShareStore } from '../src/share.store.js';
import { type Shares, SingleShares, type Tenant } from '../src/shares.js';
import { conformsToShares, heldBy, IDLE } from './shares.conformance.js';

// With no more rights than the service has in production.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('autoscaler_app');
});
afterAll(async () => database.close());

const complaints: string[] = [];

let instances = 0;

/** The clock of the database is real, so nobody is waited for. */
function occupancyOf(mode: 'single' | 'shared'): { instance: string; occupancy: Occupancy } {
  const instance = `${mode}-${(instances += 1)}`;
  return { instance, occupancy: new Occupancy(new OccupancyStore(database.dataSource), mode, instance, 0) };
}

/** As though all that are there had been silent for an hour. */
async function silence(): Promise<void> {
  await database.dataSource.query(`UPDATE occupancy SET seen_at = now() - interval '1 hour'`);
}

function complain(message: string, error: unknown): void {
  if (error !== null) complaints.push(message);
}

const isThere = async (): Promise<boolean> => true;

function engineShares(isMigrated = isThere): EngineShares {
  const { instance, occupancy } = occupancyOf('shared');
  const { dataSource } = database;
  return new EngineShares(instance, dataSource, occupancy, new ShareStore(dataSource), isMigrated, complain);
}

function leasedShares(isMigrated = isThere): LeasedShares {
  const { instance, occupancy } = occupancyOf('single');
  return new LeasedShares(instance, occupancy, new ShareStore(database.dataSource), isMigrated, complain);
}

describe('in one process', () => {
  conformsToShares(() => new SingleShares());
});

describe('alone at a database that others can reach', () => {
  conformsToShares(() => leasedShares());
});

describe('from the engine', () => {
  beforeAll(silence);
  conformsToShares(() => engineShares());

  it('finds the tables that its package wants, or a migration is missing', async () => {
    const installed = await database.dataSource.query<unknown>(`SELECT version::text FROM pgboss.version`);
    const wanted = /version\(version\) VALUES \('(\d+)'\)/.exec(getConstructionPlans('pgboss'))?.[1];
    expect(installed).toEqual([{ version: wanted }]);
  });

  const started: Shares[] = [];
  afterEach(async () => {
    for (const shares of started.splice(0)) await shares.stop();
  });

  async function start(tenant: Tenant = IDLE): Promise<EngineShares> {
    const shares = engineShares();
    await shares.start(tenant);
    started.push(shares);
    return shares;
  }

  it('an instance that joins takes its part off the others, once they have finished what is under way', async () => {
    const asked: number[] = [];
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const first = await start({
      vacate: async (shares) => {
        asked.push(...shares);
        await finished;
      },
    });
    await eventually('the first holds all shares', () => heldBy(first).length === SHARES);
    const second = await start();
    await eventually('the first is asked to leave half', () => asked.length === SHARES / 2);
    // It ticks them no more, and nobody else does yet.
    expect(heldBy(first)).toHaveLength(SHARES / 2);
    expect(heldBy(second)).toEqual([]);
    finish();
    await eventually('the second has its part', () => heldBy(second).length === fairPart(2));
    expect([...heldBy(first), ...heldBy(second)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: SHARES }, (_, share) => share),
    );
  });

  it('what an instance held that is heard of no more goes to the others, and its writes are refused', async () => {
    const { dataSource } = database;
    const store = new ShareStore(dataSource);
    const sleeper = await start();
    await eventually('it holds all shares', () => heldBy(sleeper).length === SHARES);
    const fence = sleeper.fenceOf(7);
    if (fence === undefined) throw new Error('share 7 is not held');
    const isInForce = async (): Promise<boolean> =>
      dataSource.transaction(async (manager) => (await store.guard([fence], manager)).get(7) === fence.token);
    expect(await isInForce()).toBe(true);
    // As though it had slept: its heart does not beat, and it looks at nothing.
    await dataSource.query(`UPDATE pgboss.instance SET stopped_on = now() WHERE name = $1`, [
      sleeper.status().instance,
    ]);
    const other = await start();
    await eventually('the other has taken it', () => (other.fenceOf(7)?.token ?? 0) > fence.token);
    expect(await isInForce()).toBe(false);
    await eventually('the sleeper has noticed', () => sleeper.fenceOf(7)?.token !== fence.token);
  });
});

describe('an instance of a release whose schema is not there yet', () => {
  beforeEach(silence);

  it.each([
    ['alone', leasedShares],
    ['one that shares', engineShares],
  ])('takes nothing, and everything once it is: %s', async (_, create) => {
    let isMigrated = false;
    const shares: Shares = create(async () => isMigrated);
    await shares.start(IDLE);
    try {
      expect(heldBy(shares)).toEqual([]);
      isMigrated = true;
      await eventually('it holds all shares', () => heldBy(shares).length === SHARES);
    } finally {
      await shares.stop();
    }
  });
});

describe('a single instance and others at the same database', () => {
  const started: Shares[] = [];
  beforeEach(silence);
  afterEach(async () => {
    for (const shares of started.splice(0)) await shares.stop();
  });

  async function start<T extends Shares>(shares: T): Promise<T> {
    await shares.start(IDLE);
    started.push(shares);
    return shares;
  }

  async function isInForce(fence: Fence): Promise<boolean> {
    const store = new ShareStore(database.dataSource);
    return database.dataSource.transaction(async (manager) => (await store.guard([fence], manager)).has(fence.share));
  }

  it.each([
    [
      'one that shares',
      'a single one',
      leasedShares,
      engineShares,
      'scaler.instances is shared, but a single instance',
    ],
    [
      'a single one',
      'those that share',
      engineShares,
      leasedShares,
      'scaler.instances is single, but instances that share',
    ],
    ['a single one', 'another single one', leasedShares, leasedShares, 'set scaler.instances to shared on both'],
  ])('%s is refused while %s lives, with the reason and the way out', async (_, _there, present, late, told) => {
    const first = await start<Shares>(present());
    await eventually('the first holds all shares', () => heldBy(first).length === SHARES);
    const refused: Shares = late();
    await expect(refused.start(IDLE)).rejects.toThrow(told);
    expect(heldBy(refused)).toEqual([]);
    const fence = first.fenceOf(7);
    if (fence === undefined || fence === null) throw new Error('share 7 is not held');
    expect(await isInForce(fence)).toBe(true);
  });

  it('who fell silent is followed at once, and what it still writes is refused', async () => {
    const silent = await start(leasedShares());
    const fence = silent.fenceOf(7);
    if (fence === undefined) throw new Error('share 7 is not held');
    await silence();
    const next = await start(engineShares());
    await eventually('those that share hold all shares', () => heldBy(next).length === SHARES);
    expect(await isInForce(fence)).toBe(false);
    await eventually('the silent one has noticed', () => heldBy(silent).length === 0);
    expect(next.fenceOf(7)?.token).toBeGreaterThan(fence.token);
  });

  it('one that lost its place takes it again when nobody is there any more', async () => {
    const silent = await start(leasedShares());
    await silence();
    const next = leasedShares();
    await next.start();
    await eventually('the silent one has noticed', () => heldBy(silent).length === 0);
    await next.stop();
    await eventually('it holds all shares again', () => heldBy(silent).length === SHARES);
  });

  it('one that stops leaves the place at once', async () => {
    const first = leasedShares();
    await first.start();
    await first.stop();
    const second = await start(leasedShares());
    expect(heldBy(second)).toHaveLength(SHARES);
  });
});

describe('the engine', () => {
  it('has had nothing to complain of, in its own maintenance neither', async () => {
    complaints.length = 0;
    await silence();
    const shares = engineShares();
    await shares.start(IDLE);
    await shares.maintain();
    await shares.stop();
    expect(complaints).toEqual([]);
  });
});
