import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { getConstructionPlans } from 'pg-boss';
import { createTestDatabase, type TestDatabase } from '#database/testing';
import { eventually } from '../../../test/support/eventually.js';
import { SharedPartitions } from '../src/shared.partitions.js';
import { LeasedPartitions } from '../src/leased.partitions.js';
import { Occupancy } from '../src/occupancy.js';
import { OccupancyEntity } from '../src/occupancy.entity.js';
import { OccupancyRepository } from '../src/occupancy.repository.js';
import { type Fence, fairCount, PARTITIONS } from '../src/partition.js';
import { PartitionEntity } from '../src/partition.entity.js';
import { PartitionRepository } from '../src/partition.repository.js';
import { type Partitions, SinglePartitions, type Tenant } from '../src/partitions.js';
import { conformsToPartitions, heldBy, IDLE } from './partitions.conformance.js';

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
  const repository = new OccupancyRepository(database.dataSource.getRepository(OccupancyEntity));
  return { instance, occupancy: new Occupancy(repository, mode, instance, 0) };
}

function partitionsIn(dataSource: DataSource): PartitionRepository {
  return new PartitionRepository(dataSource.getRepository(PartitionEntity));
}

/** As though all that are there had been silent for an hour. */
async function silence(): Promise<void> {
  await database.dataSource.query(`UPDATE occupancy SET seen_at = now() - interval '1 hour'`);
}

function complain(message: string, error: unknown): void {
  if (error !== null) complaints.push(message);
}

const isThere = async (): Promise<boolean> => true;

function sharedPartitions(isMigrated = isThere): SharedPartitions {
  const { instance, occupancy } = occupancyOf('shared');
  const { dataSource } = database;
  return new SharedPartitions(instance, dataSource, occupancy, partitionsIn(dataSource), isMigrated, complain);
}

function leasedPartitions(isMigrated = isThere): LeasedPartitions {
  const { instance, occupancy } = occupancyOf('single');
  return new LeasedPartitions(instance, occupancy, partitionsIn(database.dataSource), isMigrated, complain);
}

describe('in one process', () => {
  conformsToPartitions(() => new SinglePartitions());
});

describe('alone at a database that others can reach', () => {
  conformsToPartitions(() => leasedPartitions());
});

describe('from the engine', () => {
  beforeAll(silence);
  conformsToPartitions(() => sharedPartitions());

  it('finds the tables that its package wants, or a migration is missing', async () => {
    const installed = await database.dataSource.query<unknown>(`SELECT version::text FROM pgboss.version`);
    const wanted = /version\(version\) VALUES \('(\d+)'\)/.exec(getConstructionPlans('pgboss'))?.[1];
    expect(installed).toEqual([{ version: wanted }]);
  });

  const started: Partitions[] = [];
  afterEach(async () => {
    for (const partitions of started.splice(0)) await partitions.stop();
  });

  async function start(tenant: Tenant = IDLE): Promise<SharedPartitions> {
    const partitions = sharedPartitions();
    await partitions.start(tenant);
    started.push(partitions);
    return partitions;
  }

  it('an instance that joins takes its part off the others, once they have finished what is under way', async () => {
    const asked: number[] = [];
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const first = await start({
      vacate: async (partitions) => {
        asked.push(...partitions);
        await finished;
      },
    });
    await eventually('the first holds all partitions', () => heldBy(first).length === PARTITIONS);
    const second = await start();
    await eventually('the first is asked to leave half', () => asked.length === PARTITIONS / 2);
    // It ticks them no more, and nobody else does yet.
    expect(heldBy(first)).toHaveLength(PARTITIONS / 2);
    expect(heldBy(second)).toEqual([]);
    finish();
    await eventually('the second has its part', () => heldBy(second).length === fairCount(2));
    expect([...heldBy(first), ...heldBy(second)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => partition),
    );
  });

  it('what an instance held that is heard of no more goes to the others, and its writes are refused', async () => {
    const { dataSource } = database;
    const repository = partitionsIn(dataSource);
    const sleeper = await start();
    await eventually('it holds all partitions', () => heldBy(sleeper).length === PARTITIONS);
    const fence = sleeper.fenceOf(7);
    if (fence === undefined) throw new Error('partition 7 is not held');
    const isInForce = async (): Promise<boolean> =>
      dataSource.transaction(async (manager) => (await repository.guard([fence], manager)).get(7) === fence.token);
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
    ['alone', leasedPartitions],
    ['one that shares', sharedPartitions],
  ])('takes nothing, and everything once it is: %s', async (_, create) => {
    let isMigrated = false;
    const partitions: Partitions = create(async () => isMigrated);
    await partitions.start(IDLE);
    try {
      expect(heldBy(partitions)).toEqual([]);
      isMigrated = true;
      await eventually('it holds all partitions', () => heldBy(partitions).length === PARTITIONS);
    } finally {
      await partitions.stop();
    }
  });
});

describe('a single instance and others at the same database', () => {
  const started: Partitions[] = [];
  beforeEach(silence);
  afterEach(async () => {
    for (const partitions of started.splice(0)) await partitions.stop();
  });

  async function start<T extends Partitions>(partitions: T): Promise<T> {
    await partitions.start(IDLE);
    started.push(partitions);
    return partitions;
  }

  async function isInForce(fence: Fence): Promise<boolean> {
    const repository = partitionsIn(database.dataSource);
    return database.dataSource.transaction(async (manager) =>
      (await repository.guard([fence], manager)).has(fence.partition),
    );
  }

  it.each([
    [
      'one that shares',
      'a single one',
      leasedPartitions,
      sharedPartitions,
      'scaler.instances is shared, but a single instance',
    ],
    [
      'a single one',
      'those that share',
      sharedPartitions,
      leasedPartitions,
      'scaler.instances is single, but instances that share',
    ],
    [
      'a single one',
      'another single one',
      leasedPartitions,
      leasedPartitions,
      'set scaler.instances to shared on both',
    ],
  ])('%s is refused while %s lives, with the reason and the way out', async (_, _there, present, late, told) => {
    const first = await start<Partitions>(present());
    await eventually('the first holds all partitions', () => heldBy(first).length === PARTITIONS);
    const refused: Partitions = late();
    await expect(refused.start(IDLE)).rejects.toThrow(told);
    expect(heldBy(refused)).toEqual([]);
    const fence = first.fenceOf(7);
    if (fence === undefined || fence === null) throw new Error('partition 7 is not held');
    expect(await isInForce(fence)).toBe(true);
  });

  it('who fell silent is followed at once, and what it still writes is refused', async () => {
    const silent = await start(leasedPartitions());
    const fence = silent.fenceOf(7);
    if (fence === undefined) throw new Error('partition 7 is not held');
    await silence();
    const next = await start(sharedPartitions());
    await eventually('those that share hold all partitions', () => heldBy(next).length === PARTITIONS);
    expect(await isInForce(fence)).toBe(false);
    await eventually('the silent one has noticed', () => heldBy(silent).length === 0);
    expect(next.fenceOf(7)?.token).toBeGreaterThan(fence.token);
  });

  it('one that lost its place takes it again when nobody is there any more', async () => {
    const silent = await start(leasedPartitions());
    await silence();
    const next = leasedPartitions();
    await next.start();
    await eventually('the silent one has noticed', () => heldBy(silent).length === 0);
    await next.stop();
    await eventually('it holds all partitions again', () => heldBy(silent).length === PARTITIONS);
  });

  it('one that stops leaves the place at once', async () => {
    const first = leasedPartitions();
    await first.start();
    await first.stop();
    const second = await start(leasedPartitions());
    expect(heldBy(second)).toHaveLength(PARTITIONS);
  });
});

describe('the engine', () => {
  it('has had nothing to complain of, in its own maintenance neither', async () => {
    complaints.length = 0;
    await silence();
    const partitions = sharedPartitions();
    await partitions.start(IDLE);
    await partitions.maintain();
    await partitions.stop();
    expect(complaints).toEqual([]);
  });
});
