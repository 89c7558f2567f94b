import { Inject, Injectable } from '@nestjs/common';
import { refusesData } from '#database';
import { plural } from '#engine';
import { type Fence, Partitions } from '#partitions';
import { LateRecords } from '../journal/late-records.js';
import { ScalingJournal } from '../journal/scaling-journal.js';
import { LoopLog } from './loop-log.js';
import { LOOP_OPTIONS } from './loop-options.js';
import type { LoopOptions } from './loop-options.js';
import type { Acted, FailedTick, TickRecord } from './stages.js';
import { failedRowOf, leftoversOf, TickWriter, writable } from './tick-writer.js';
import type { FailedRow, Leftover, WritableTick } from './tick-writer.js';

interface Batch {
  readonly ticks: readonly WritableTick[];
  /** The connection broke during the write: the batch may be stored although the database did not confirm it. */
  doubtful: boolean;
}

export interface RecorderStatus {
  /** Whether the last write succeeded. */
  readonly writable: boolean;
  /** Cluster-ticks in the buffer. */
  readonly waiting: number;
  /** Cluster-ticks dropped since the start. */
  readonly dropped: number;
  /** Intents that only the journal has for certain. */
  readonly journaled: number;
}

/**
 * Records ticks, one transaction per batch. While the database is unreachable, ticks are buffered in order up to a
 * limit; above it the oldest are dropped, counted and reported.
 */
@Injectable()
export class Recorder {
  private waiting: Batch[] = [];
  private waitingTicks = 0;
  private dropped = 0;
  private writable = true;
  /** Outcomes and alerts of dropped ticks: small, so they are kept longer, up to `bufferTicks` of each. */
  private leftovers: Leftover[] = [];
  /** Clusters whose tracking was dropped with a tick: the next tick writes it even if unchanged. */
  private readonly untracked = new Set<string>();
  private draining = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly writer: TickWriter,
    private readonly partitions: Partitions,
    private readonly journal: ScalingJournal,
    private readonly late: LateRecords,
    private readonly log: LoopLog,
    @Inject(LOOP_OPTIONS) private readonly options: Pick<LoopOptions, 'bufferTicks'>,
  ) {}

  get status(): RecorderStatus {
    const { waitingTicks: waiting, dropped, journal } = this;
    return { writable: this.writable, waiting, dropped, journaled: journal.size };
  }

  /** Resolves once the ticks are recorded or buffered; never rejects. */
  async record(records: readonly TickRecord[]): Promise<void> {
    if (records.length === 0) return;
    const ticks = records.map((record) => writable(record, this.untracked.delete(record.cluster.id)));
    this.waiting.push({ ticks, doubtful: false });
    this.waitingTicks += ticks.length;
    if (!this.journal.isEmpty) await this.journal.note(ticks);
    // A slow failing database must not delay the next ticks: one attempt at a time is enough.
    if (!this.writable && this.draining) this.trim();
    else await this.flush();
  }

  /**
   * Records the conditions of failed ticks, so that they are not announced again after a restart. Never rejects: what
   * fails is written with the next tick.
   */
  async recordFailed(ticks: readonly FailedTick[]): Promise<void> {
    if (ticks.length === 0) return;
    const failed = ticks.map(failedRowOf);
    // After earlier ticks, whose conditions are older.
    this.queue = this.queue
      .then(async () => this.writeFailed(failed))
      .catch((error: unknown) => {
        this.keep(failed);
        this.log.problem('cannot record the alerts of failed ticks', error);
      });
    return this.queue;
  }

  /** Tries to write the buffer; resolves whether or not that succeeds. */
  async flush(): Promise<void> {
    // Serialized: the ticks of a cluster must be written in order.
    this.queue = this.queue.then(async () => {
      this.draining = true;
      await this.drain();
      this.draining = false;
    });
    return this.queue;
  }

  /** Ticks that failed after they had acted. */
  giveUp(ticks: readonly Acted[]): void {
    this.journal.giveUp(ticks);
  }

  private async writeFailed(failed: readonly FailedRow[]): Promise<void> {
    await this.recordJournal();
    const leftovers = [...this.leftovers];
    if (leftovers.length > 0) await this.writeLeftovers(leftovers);
    await this.writer.writeFailed(failed);
  }

  private async drain(): Promise<void> {
    for (let batch = this.waiting[0]; batch !== undefined; batch = this.waiting[0]) {
      try {
        await this.recordJournal();
        await this.write(batch);
      } catch (error) {
        if (this.writable) this.log.problem('cannot write to the database; buffering ticks in memory', error);
        this.writable = false;
        batch.doubtful = true;
        this.trim();
        return;
      }
      // The batch may have been dropped during the write.
      if (this.waiting[0] === batch) {
        this.waiting.shift();
        this.waitingTicks -= batch.ticks.length;
      }
      if (!this.writable)
        this.log.problem(`the database is writable again; ${this.waitingTicks} ticks are still buffered`, null);
      this.writable = true;
    }
  }

  private async write(batch: Batch): Promise<void> {
    const leftovers = [...this.leftovers];
    try {
      const { fences, writes } = await this.writer.write(batch.ticks, leftovers, batch.doubtful);
      if (fences.length > 0) {
        this.log.problem(`rejected ${plural(writes, 'tick')}: another instance took over their clusters`, null);
        this.partitions.refuse(fences, writes);
      }
      this.forget(leftovers);
      if (!this.journal.isEmpty) await this.settle(batch.ticks, fences);
    } catch (error) {
      if (!refusesData(error)) throw error;
      if (leftovers.length === 0) await this.writeParts(batch, error);
      else {
        await this.writeLeftovers(leftovers);
        await this.write({ ...batch, doubtful: true });
      }
    }
  }

  /** Before outcomes: these only change intents that are recorded. */
  private async recordJournal(): Promise<void> {
    if (!this.journal.isEmpty) await this.late.write();
  }

  /** The journal no longer needs intents whose tick is recorded. */
  private async settle(ticks: readonly WritableTick[], stale: readonly Fence[]): Promise<void> {
    const records = ticks.map(({ record }) => record);
    const refused = records.filter((record) => isStale(record, stale));
    this.journal.giveUp(refused);
    const ids = records.filter((record) => !isStale(record, stale)).map(({ decisionId }) => decisionId);
    await this.journal.forget(ids);
    await this.late.write();
  }

  /** On their own first: if the database rejects one of them, ticks must not be lost with it. */
  private async writeLeftovers(leftovers: readonly Leftover[]): Promise<void> {
    try {
      await this.writer.write([], leftovers, false);
      this.forget(leftovers);
    } catch (error) {
      if (!refusesData(error)) throw error;
      const [leftover] = leftovers;
      if (leftovers.length === 1 && leftover !== undefined) {
        this.forget(leftovers);
        const { clusterId } = leftover;
        this.log.problem(`cannot record the outcome of a dropped tick of cluster ${clusterId}`, error);
        return;
      }
      const middle = Math.ceil(leftovers.length / 2);
      await this.writeLeftovers(leftovers.slice(0, middle));
      await this.writeLeftovers(leftovers.slice(middle));
    }
  }

  private keep(leftovers: readonly Leftover[]): void {
    const { bufferTicks } = this.options;
    const all = [...this.leftovers, ...leftovers];
    // An intent without recorded outcome is resolved after the next start, as after a crash.
    const outcomes = all.filter(({ events }) => events.length > 0).slice(-bufferTicks);
    const alerts = all.filter(({ notices }) => notices.length > 0).slice(-bufferTicks);
    this.leftovers = [...outcomes, ...alerts];
  }

  /** New ones may have been added meanwhile. */
  private forget(leftovers: readonly Leftover[]): void {
    if (leftovers.length === 0) return;
    const done = new Set(leftovers);
    this.leftovers = this.leftovers.filter((leftover) => !done.has(leftover));
  }

  /**
   * The database rejects a row of the batch. Halve the batch until that row is alone, so that other clusters lose
   * nothing.
   */
  private async writeParts({ ticks }: Batch, error: unknown): Promise<void> {
    const [tick] = ticks;
    if (tick === undefined) return;
    if (ticks.length === 1) {
      this.drop([tick]);
      this.log.problem(`dropped a tick of cluster ${tick.record.cluster.id}: cannot record it`, error);
      return;
    }
    const middle = Math.ceil(ticks.length / 2);
    await this.write({ ticks: ticks.slice(0, middle), doubtful: true });
    await this.write({ ticks: ticks.slice(middle), doubtful: true });
  }

  private trim(): void {
    const dropped: WritableTick[] = [];
    while (this.waitingTicks > this.options.bufferTicks && this.waiting.length > 1) {
      const { ticks = [] } = this.waiting.shift() ?? {};
      this.waitingTicks -= ticks.length;
      dropped.push(...ticks);
    }
    if (dropped.length === 0) return;
    this.drop(dropped);
    this.log.problem(`dropped ${plural(dropped.length, 'tick')}: the buffer holds ${this.options.bufferTicks}`, null);
  }

  private drop(ticks: readonly WritableTick[]): void {
    this.dropped += ticks.length;
    for (const { record } of ticks) this.untracked.add(record.cluster.id);
    this.journal.giveUp(ticks.map(({ record }) => record));
    this.keep(ticks.flatMap(leftoversOf));
  }
}

function isStale({ fence }: TickRecord, stale: readonly Fence[]): boolean {
  return fence !== null && stale.some(({ partition, token }) => partition === fence.partition && token === fence.token);
}
