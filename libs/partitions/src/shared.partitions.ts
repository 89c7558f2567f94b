import type { Pool } from 'pg';
import { PgBoss, type JobAttempt } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { Looks } from './looks.js';
import { type Occupancy, OccupiedError } from './occupancy.js';
import { fairCount, PARTITIONS, type Fence } from './partition.js';
import type { PartitionRow, PartitionRepository } from './partition.repository.js';
import { Partitions, type PartitionsStatus, type Tenant } from './partitions.js';

const SCHEMA = 'pgboss';
const QUEUE = 'shares';
/** The engine calls an instance dead that missed three of these. */
const BEAT_SECONDS = 1;
/** The least that the engine takes. A backstop: claims of dead instances are given up as soon as these are known to be dead. */
const CLAIM_SECONDS = 10;
const RENEW_EVERY_MS = 3000;
const LOOK_EVERY_MS = 500;
/** Jobs that are lost for whatever reason are made again. */
const ENSURE_EVERY_MS = 60_000;
/** The engine lets no job be claimed for longer; the partition changes hands then. */
const LONGEST_CLAIM_SECONDS = 86_400;
const FOR_EVER_SECONDS = 10 * 365 * 86_400;
const NO_LIMIT = 2_147_483_647;

interface Held {
  readonly fence: Fence;
  readonly attempt: JobAttempt;
  /** No longer ticked, and given back once nothing of it is under way. */
  leaving: boolean;
}

/**
 * Partitions given out by pg-boss on the service's own database. A partition is a job that is never done: who claimed it holds the partition for as
 * long as he lives. The engine sees to it that a job is claimed by one only, knows which instances live, and puts the jobs of
 * those that do not back into the queue.
 */
export class SharedPartitions extends Partitions {
  private readonly boss: PgBoss;
  private readonly held = new Map<number, Held>();
  private changes = 1;
  private takeOvers = 0;
  private refused = 0;
  private instances = 0;
  private orphaned = 0;
  private started = false;
  private reachable = true;
  private renewedAt = 0;
  private ensuredAt = 0;
  private readonly looks = new Looks(async () => this.look(), LOOK_EVERY_MS);
  private leavings: Promise<void> = Promise.resolve();
  private tenant: Tenant = { vacate: async () => undefined };

  constructor(
    private readonly instance: string,
    dataSource: DataSource,
    private readonly occupancy: Occupancy,
    private readonly repository: PartitionRepository,
    private readonly isMigrated: () => Promise<boolean>,
    private readonly announce: (message: string, error: unknown) => void,
  ) {
    super();
    this.boss = new PgBoss({
      schema: SCHEMA,
      // The service's own pool: the embedded database has one connection, and a pooler must see one client of a kind.
      db: {
        // Not through TypeORM, which keeps the rows of the last of several statements only.
        executeSql: async (text, values) => poolOf(dataSource).query(text, values),
      },
      migrate: false,
      createSchema: false,
      schedule: false,
      superviseIntervalSeconds: 5,
      instanceName: this.instance,
      instanceHeartbeatSeconds: BEAT_SECONDS,
    });
    this.boss.on('error', (error) => this.complain(error));
  }

  get revision(): number {
    return this.changes;
  }

  fenceOf(partition: number): Fence | undefined {
    const held = this.held.get(partition);
    return held === undefined || held.leaving ? undefined : held.fence;
  }

  /** @throws OccupiedError */
  async start(tenant: Tenant): Promise<void> {
    this.tenant = tenant;
    await this.occupancy.enter();
    await this.looks.begin();
  }

  async stop(): Promise<void> {
    await this.looks.end();
    await this.leavings;
    try {
      await this.giveBack([...this.held.values()]);
    } catch (error) {
      this.complain(error);
    }
    if (this.started) await this.boss.stop({ graceful: false, close: false });
  }

  /** What the engine does by itself every few seconds: claims whose holder renews them no longer go back into the queue. */
  async maintain(): Promise<void> {
    await this.boss.supervise(QUEUE);
  }

  refuse(fences: readonly Fence[], writes: number): void {
    this.refused += writes;
    for (const fence of fences) this.lose(fence);
  }

  status(): PartitionsStatus {
    return {
      mode: 'shared',
      instance: this.instance,
      held: [...this.held.keys()].filter((partition) => this.fenceOf(partition) !== undefined).sort((a, b) => a - b),
      takeOvers: this.takeOvers,
      refused: this.refused,
      instances: this.instances,
      orphaned: this.orphaned,
    };
  }

  /** Never rejects: what does not work now is tried again at the next look. */
  private async look(): Promise<void> {
    try {
      await this.step();
      if (!this.reachable) this.announce('partition leases can be renewed again', null);
      this.reachable = true;
    } catch (error) {
      // A single instance came while this one slept.
      if (error instanceof OccupiedError) for (const { fence } of this.held.values()) this.lose(fence);
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    if (this.reachable) this.announce('cannot acquire or renew partition leases', error);
    this.reachable = false;
  }

  private async step(): Promise<void> {
    // A new release may be there before its schema, and could not tick what it took off the old one.
    if (!(await this.isMigrated())) return;
    await this.occupancy.keep();
    if (!this.started) await this.boss.start();
    this.started = true;
    const now = performance.now();
    if (this.ensuredAt === 0 || now - this.ensuredAt > ENSURE_EVERY_MS) {
      await this.ensure();
      this.ensuredAt = now;
    }
    const alive = await this.alive();
    const rows = await this.repository.list();
    this.loseTaken(rows);
    this.orphaned = PARTITIONS - rows.filter(({ holder }) => holder !== null && alive.has(holder)).length;
    await this.freeDead(rows, alive);
    if (now - this.renewedAt > RENEW_EVERY_MS) {
      await this.renew();
      this.renewedAt = now;
    }
    const most = fairCount(this.instances);
    const spare = most - this.held.size;
    if (spare > 0 && !this.looks.isOver) await this.take(spare);
    else if (spare < 0) this.leave(-spare);
  }

  /** One job for each partition, once and for all; those that are there stay as they are. */
  private async ensure(): Promise<void> {
    await this.boss.createQueue(QUEUE, {
      retryLimit: NO_LIMIT,
      retryDelay: 0,
      expireInSeconds: LONGEST_CLAIM_SECONDS,
      heartbeatSeconds: CLAIM_SECONDS,
      retentionSeconds: FOR_EVER_SECONDS,
    });
    await this.boss.insert(
      QUEUE,
      Array.from({ length: PARTITIONS }, (_, partition) => ({ id: jobIdOf(partition) })),
    );
  }

  private async alive(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const { live, name } of await this.boss.getInstances()) if (live && name !== null) names.add(name);
    this.instances = names.size;
    return names;
  }

  /** After a sleep: others have taken what was held. */
  private loseTaken(rows: readonly PartitionRow[]): void {
    for (const { partition, token } of rows) {
      const held = this.held.get(partition);
      if (held !== undefined && token > held.fence.token) this.lose(held.fence);
    }
  }

  /** What an instance held that is dead, or sleeps, is free at once. */
  private async freeDead(rows: readonly PartitionRow[], alive: ReadonlySet<string>): Promise<void> {
    const dead = rows.filter(({ holder }) => holder !== null && holder !== this.instance && !alive.has(holder));
    if (dead.length === 0) return;
    // A claim that somebody else has taken by now is another attempt, and stays.
    await this.boss.fail(
      QUEUE,
      dead.map(({ jobId, attempt }) => ({ id: jobId, retryCount: attempt })),
    );
  }

  private async renew(): Promise<void> {
    const attempts = [...this.held.values()].map(({ attempt }) => attempt);
    if (attempts.length > 0) await this.boss.touch(QUEUE, attempts);
  }

  private async take(spare: number): Promise<void> {
    const jobs = await this.boss.fetch(QUEUE, { batchSize: spare, includeMetadata: true });
    const claims = jobs.map(({ id, retryCount }) => ({
      partition: partitionOfJob(id),
      jobId: id,
      attempt: retryCount,
    }));
    if (claims.length === 0) return;
    const fences = new Map(
      (await this.repository.take(this.instance, claims)).map((fence) => [fence.partition, fence]),
    );
    for (const { partition, jobId, attempt } of claims) {
      const fence = fences.get(partition);
      if (fence !== undefined)
        this.held.set(partition, { fence, attempt: { id: jobId, retryCount: attempt }, leaving: false });
    }
    this.takeOvers += fences.size;
    this.changes += 1;
    this.announce(
      `acquired partitions ${[...fences.keys()].join(', ')}; holding ${this.held.size} of ${PARTITIONS}`,
      null,
    );
  }

  /** More than its fair part: others are to have it. In the background, so that a tick that takes long delays no renewal. */
  private leave(count: number): void {
    const leaving = [...this.held.values()].slice(-count).filter((held) => !held.leaving);
    if (leaving.length === 0) return;
    for (const held of leaving) held.leaving = true;
    this.changes += 1;
    const partitions = new Set(leaving.map(({ fence }) => fence.partition));
    this.leavings = this.leavings
      .then(async () => this.tenant.vacate(partitions))
      .then(async () => this.giveBack(leaving))
      .catch((error: unknown) => {
        this.complain(error);
        for (const held of leaving) held.leaving = false;
        this.changes += 1;
      });
  }

  private async giveBack(held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    // First the right, then the claim: in between nobody holds it.
    await this.repository.leave(held.map(({ fence }) => fence));
    for (const { fence } of held) this.held.delete(fence.partition);
    await this.boss.fail(
      QUEUE,
      held.map(({ attempt }) => attempt),
    );
    if (!this.looks.isOver)
      this.announce(`released ${held.length} partitions; holding ${this.held.size} of ${PARTITIONS}`, null);
  }

  private lose(fence: Fence): void {
    if (this.held.get(fence.partition)?.fence.token !== fence.token) return;
    this.held.delete(fence.partition);
    this.changes += 1;
    this.announce(`lost partition ${fence.partition} to another instance while this one did not respond`, null);
  }
}

function poolOf(dataSource: DataSource): Pick<Pool, 'query'> {
  return (dataSource.driver as unknown as { readonly master: Pool }).master;
}

const JOB_ID = '00000000-0000-4000-8000-5ca1e0000';

/** Always the same, so that no partition has two jobs. */
function jobIdOf(partition: number): string {
  return `${JOB_ID}${partition.toString().padStart(3, '0')}`;
}

function partitionOfJob(id: string): number {
  return Number(id.slice(JOB_ID.length));
}
