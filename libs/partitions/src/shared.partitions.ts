import type { Pool } from 'pg';
import { PgBoss, type JobAttempt } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { Continuity } from './continuity.js';
import { Looks } from './looks.js';
import { type Occupancy, OccupiedError } from './occupancy.js';
import { fairCount, PARTITIONS, type Fence } from './partition.js';
import { LEASE_MS } from './occupancy.repository.js';
import type { PartitionRow, PartitionRepository } from './partition.repository.js';
import { Partitions, type PartitionsStatus, type Tenant } from './partitions.js';

const SCHEMA = 'pgboss';
const QUEUE = 'shares';
/** Heartbeat interval; pg-boss considers an instance dead after three missed ones. */
const BEAT_SECONDS = 1;
/** The minimum of pg-boss. A backstop: claims of dead instances are released as soon as these are known to be dead. */
const CLAIM_SECONDS = 10;
const RENEW_EVERY_MS = 3000;
const LOOK_EVERY_MS = 500;
/** Missing jobs are created again at this interval. */
const ENSURE_EVERY_MS = 60_000;
/** The maximum of pg-boss for a claim; the partition changes hands then. */
const LONGEST_CLAIM_SECONDS = 86_400;
const FOR_EVER_SECONDS = 10 * 365 * 86_400;
const NO_LIMIT = 2_147_483_647;

interface Held {
  readonly fence: Fence;
  readonly attempt: JobAttempt;
  /** No longer ticked; released once no tick is running. */
  leaving: boolean;
}

/**
 * Partitions assigned by pg-boss on the service's own database. A partition is a job that never completes: the instance
 * that claimed it holds the partition as long as it lives. pg-boss ensures one claim per job, tracks living instances,
 * and requeues the jobs of dead ones.
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
  private readonly continuity = new Continuity(LEASE_MS);
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
      // The service's own pool: the embedded database has one connection, and a pooler needs uniform clients.
      db: {
        // Not through TypeORM, which returns only the rows of the last of several statements.
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

  isConfirmed(ageMs: number): boolean {
    return this.continuity.isUnbroken(ageMs);
  }

  fenceOf(partition: number): Fence | undefined {
    const held = this.held.get(partition);
    return held === undefined || held.leaving ? undefined : held.fence;
  }

  /** @throws OccupiedError */
  async start(tenant: Tenant): Promise<void> {
    this.tenant = tenant;
    this.continuity.begin();
    await this.occupancy.enter();
    await this.looks.begin();
  }

  async stop(): Promise<void> {
    await this.looks.end();
    this.continuity.end();
    await this.leavings;
    try {
      await this.giveBack([...this.held.values()]);
    } catch (error) {
      this.complain(error);
    }
    if (this.started) await this.boss.stop({ graceful: false, close: false });
  }

  /** Runs pg-boss maintenance early: claims that are no longer renewed are requeued. */
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

  /** Never rejects; failures are retried at the next poll. */
  private async look(): Promise<void> {
    try {
      await this.step();
      if (!this.reachable) this.announce('partition leases can be renewed again', null);
      this.reachable = true;
    } catch (error) {
      // A single instance took over while this one slept.
      if (error instanceof OccupiedError) for (const { fence } of this.held.values()) this.lose(fence);
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    if (this.reachable) this.announce('cannot acquire or renew partition leases', error);
    this.reachable = false;
  }

  private async step(): Promise<void> {
    // A new release may run before its schema is migrated; it could not tick what it takes from the old one.
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
    const mark = this.continuity.mark();
    const rows = await this.repository.list();
    this.loseTaken(rows);
    this.continuity.confirm(mark);
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

  /** Creates one job per partition; existing ones stay unchanged. */
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

  /** After a pause of the process: drops partitions that others have taken. */
  private loseTaken(rows: readonly PartitionRow[]): void {
    for (const { partition, token } of rows) {
      const held = this.held.get(partition);
      if (held !== undefined && token > held.fence.token) this.lose(held.fence);
    }
  }

  /** Releases the claims of instances that are dead or paused. */
  private async freeDead(rows: readonly PartitionRow[], alive: ReadonlySet<string>): Promise<void> {
    const dead = rows.filter(({ holder }) => holder !== null && holder !== this.instance && !alive.has(holder));
    if (dead.length === 0) return;
    // A claim taken by another instance in the meantime is a later attempt, and stays.
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

  /** Releases partitions above the fair share, in the background, so that a slow tick delays no renewal. */
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
    // Fence first, then the claim: in between no instance holds it.
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

/** Deterministic, so that no partition has two jobs. */
function jobIdOf(partition: number): string {
  return `${JOB_ID}${partition.toString().padStart(3, '0')}`;
}

function partitionOfJob(id: string): number {
  return Number(id.slice(JOB_ID.length));
}
