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

// With the same privileges as the service in production.
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('autoscaler_app');
});
afterAll(async () => database.close());

const complaints: string[] = [];

let instances = 0;

/** The database's clock is real, so these do not wait for an expiry. */
function occupancyOf(mode: 'single' | 'shared'): { instance: string; occupancy: Occupancy } {
  const instance = `${mode}-${(instances += 1)}`;
  const repository = new OccupancyRepository(database.dataSource.getRepository(OccupancyEntity));
  return { instance, occupancy: new Occupancy(repository, mode, instance, 0) };
}

function partitionsIn(dataSource: DataSource): PartitionRepository {
  return new PartitionRepository(dataSource.getRepository(PartitionEntity));
}

/** As if all instances had been silent for an hour. */
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

describe('single instance on a database that others can reach', () => {
  conformsToPartitions(() => leasedPartitions());
});

describe('from pg-boss', () => {
  beforeAll(silence);
  conformsToPartitions(() => sharedPartitions());

  it('has the tables that the pg-boss package needs; otherwise a migration is missing', async () => {
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

  it('a joining instance gets its fair share, once running ticks are finished', async () => {
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
    // No longer ticked by the first instance, and by no other yet.
    expect(heldBy(first)).toHaveLength(PARTITIONS / 2);
    expect(heldBy(second)).toEqual([]);
    finish();
    await eventually('the second has its part', () => heldBy(second).length === fairCount(2));
    expect([...heldBy(first), ...heldBy(second)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => partition),
    );
  });

  it('partitions of a dead instance go to the others, and its writes are rejected', async () => {
    const { dataSource } = database;
    const repository = partitionsIn(dataSource);
    const sleeper = await start();
    await eventually('it holds all partitions', () => heldBy(sleeper).length === PARTITIONS);
    const fence = sleeper.fenceOf(7);
    if (fence === undefined) throw new Error('partition 7 is not held');
    const isInForce = async (): Promise<boolean> =>
      dataSource.transaction(async (manager) => (await repository.guard([fence], manager)).get(7) === fence.token);
    expect(await isInForce()).toBe(true);
    // As if it were paused: no heartbeat, no poll.
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
  ])('takes nothing before the migration, and everything after it: %s', async (_, create) => {
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

describe('a single instance and others on the same database', () => {
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
  ])('%s is rejected while %s is alive, with the reason and what to do', async (_, _there, present, late, message) => {
    const first = await start<Partitions>(present());
    await eventually('the first holds all partitions', () => heldBy(first).length === PARTITIONS);
    const refused: Partitions = late();
    await expect(refused.start(IDLE)).rejects.toThrow(message);
    expect(heldBy(refused)).toEqual([]);
    const fence = first.fenceOf(7);
    if (fence === undefined || fence === null) throw new Error('partition 7 is not held');
    expect(await isInForce(fence)).toBe(true);
  });

  it('an expired lease is taken at once, and later writes of its old holder are rejected', async () => {
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

  it('an instance that lost its lease takes it again when no other is alive', async () => {
    const silent = await start(leasedPartitions());
    await silence();
    const next = leasedPartitions();
    await next.start();
    await eventually('the silent one has noticed', () => heldBy(silent).length === 0);
    await next.stop();
    await eventually('it holds all partitions again', () => heldBy(silent).length === PARTITIONS);
  });

  it('a stopping instance releases its lease at once', async () => {
    const first = leasedPartitions();
    await first.start();
    await first.stop();
    const second = await start(leasedPartitions());
    expect(heldBy(second)).toHaveLength(PARTITIONS);
  });
});

describe('pg-boss', () => {
  it('reported no error, including its own maintenance', async () => {
    complaints.length = 0;
    await silence();
    const partitions = sharedPartitions();
    await partitions.start(IDLE);
    await partitions.maintain();
    await partitions.stop();
    expect(complaints).toEqual([]);
  });
});
