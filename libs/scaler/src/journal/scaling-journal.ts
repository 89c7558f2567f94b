import { dirname, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG } from '#config';
import type { AppConfig } from '#config';
import { plural } from '#engine';
import type { DecisionRow } from '../decisions/decision.repository.js';
import type { ClusterStateRow } from '../loop/cluster-state.repository.js';
import { LoopLog } from '../loop/loop-log.js';
import type { Acted } from '../loop/stages.js';
import { outcomesOf } from '../loop/tick-writer.js';
import type { WritableTick } from '../loop/tick-writer.js';
import type { ScalingEvent } from '../scaling-events/scaling-event.js';
import { DiskQueue } from './disk-queue.js';
import { JournalFile, MOST_BYTES } from './journal-file.js';
import { type JournalLine, type ParsedJournal, parseJournal, printJournal } from './journal-line.js';

/** An intent that may not be in the database yet. */
export interface JournalEntry {
  readonly event: ScalingEvent;
  readonly decision: DecisionRow;
}

/** What is to be recorded late of a cluster. */
export interface LateCluster {
  readonly clusterId: string;
  /** Intents; their ticks will be recorded as usual. */
  readonly open: readonly JournalEntry[];
  /** Intents of ticks that are lost, because their process was killed, or too many ticks waited. */
  readonly lost: readonly JournalEntry[];
  readonly outcomes: readonly ScalingEvent[];
  /** The newest state that a killed process left; `null`: none. */
  readonly state: ClusterStateRow | null;
}

/** Above this, states are left out, and intents still fit. */
const MOST_BYTES_WITH_STATES = MOST_BYTES / 2;

/**
 * Intents that were carried out while the database could not record them: JSON lines on the local disk, until the
 * database has them. See docs/decisions/0015-journal-of-intents.md.
 */
@Injectable()
export class ScalingJournal implements OnApplicationShutdown {
  private readonly entries = new Map<string, JournalEntry>();
  /** How many of them each cluster has. */
  private readonly clusters = new Map<string, number>();
  /** Of these the intent is in the database. */
  private readonly recorded = new Set<string>();
  private readonly lost = new Set<string>();
  private readonly outcomes = new Map<string, ScalingEvent>();
  private readonly states = new Map<string, ClusterStateRow>();
  private own: JournalFile | null = null;
  private adopted: JournalFile[] | null = null;
  /** Files with something that cannot be recorded: they are set aside, not removed. */
  private readonly rejected = new Set<JournalFile>();
  private readonly disk: DiskQueue;
  /** `null`: there is no journal. */
  private readonly folder: string | null;
  /** Otherwise nothing is added to it; what an earlier process left is recorded all the same. */
  private readonly isEnabled: boolean;

  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly log: LoopLog,
  ) {
    this.disk = new DiskQueue(() => this.log.problem('the disk of the journal of intents does not answer', null));
    this.folder = folderOf(config);
    this.isEnabled = config.scaler.journalLimit > 0;
  }

  /** Whether the database has everything. */
  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  /** Intents that may not be in the database, or whose tick is not. */
  get size(): number {
    return this.entries.size;
  }

  private get files(): readonly JournalFile[] {
    return [...(this.adopted ?? []), ...(this.own === null ? [] : [this.own])];
  }

  holds(clusterId: string): boolean {
    return this.clusters.has(clusterId);
  }

  /** Stores intents on the disk; all or none, within 2 s. @returns whether they may be carried out */
  async intend(entries: readonly JournalEntry[]): Promise<boolean> {
    if (this.folder === null || !this.isEnabled) return false;
    return this.disk.run(false, async (isLate) => {
      try {
        const bytes = await this.append(
          entries.map(({ event, decision }) => ({ kind: 'intent', event, decision })),
          MOST_BYTES,
        );
        if (isLate()) {
          await this.own!.cut(bytes);
          return false;
        }
      } catch (error) {
        this.log.problem('cannot write the journal of intents', error);
        return false;
      }
      for (const entry of entries) this.add(entry);
      return true;
    });
  }

  /** Stores what a restart needs of the clusters that were scaled: state and outcomes. Never rejects. */
  async note(ticks: readonly WritableTick[]): Promise<void> {
    const lines = ticks.flatMap(({ record, state }): JournalLine[] => {
      const outcomes = outcomesOf(record);
      const { tracking } = record.memory;
      const isNew = this.entries.has(record.decisionId) || outcomes.length > 0 || record.changed.tracking;
      return isNew && this.holds(record.cluster.id) ? [{ kind: 'tick', state: { ...state, tracking }, outcomes }] : [];
    });
    if (lines.length === 0) return;
    await this.disk.run(undefined, async () => {
      try {
        await this.append(lines, MOST_BYTES_WITH_STATES);
      } catch (error) {
        this.log.problem('cannot add states to the journal of intents; they are read from the provider', error);
      }
    });
  }

  /** Ticks that will not be recorded. */
  giveUp(ticks: readonly Pick<Acted, 'decisionId' | 'resolved' | 'event'>[]): void {
    for (const tick of ticks) {
      if (this.entries.has(tick.decisionId)) this.lost.add(tick.decisionId);
      for (const event of outcomesOf(tick)) if (this.entries.has(event.id)) this.outcomes.set(event.id, event);
    }
  }

  /** Reads once what processes that have ended left. Never rejects. */
  async adopt(): Promise<void> {
    if (this.folder === null || this.adopted !== null) return;
    this.adopted = [];
    try {
      const leave = (path: string): void =>
        this.log.problem(`a journal of intents is too large to read, and left alone: ${path}`, null);
      for (const file of await JournalFile.adopt(this.folder, leave)) await this.takeFile(file, this.adopted);
      if (this.isEnabled) await JournalFile.check(this.folder);
    } catch (error) {
      const effect = 'no cluster is scaled while the database is down; set scaler.journal_dir';
      this.log.problem(`cannot use the folder ${this.folder} for the journal of intents, so ${effect}`, error);
    }
    if (this.entries.size > 0)
      this.log.problem(`found ${plural(this.entries.size, 'intent')} of a process that ended; recording them`, null);
    await this.forget([]);
  }

  /** What the database may not have yet. */
  unrecorded(): readonly LateCluster[] {
    const clusters = new Map<string, { open: JournalEntry[]; lost: JournalEntry[]; outcomes: ScalingEvent[] }>();
    for (const [id, entry] of this.entries) {
      const isLost = this.lost.has(id);
      if (!isLost && this.recorded.has(id)) continue;
      const { clusterId } = entry.event;
      const found = clusters.get(clusterId) ?? { open: [], lost: [], outcomes: [] };
      clusters.set(clusterId, found);
      found[isLost ? 'lost' : 'open'].push(entry);
    }
    for (const event of this.outcomes.values()) clusters.get(event.clusterId)?.outcomes.push(event);
    return [...clusters].map(([clusterId, found]) => ({
      clusterId,
      ...found,
      state: this.states.get(clusterId) ?? null,
    }));
  }

  /** The database has these. */
  async written(clusters: readonly LateCluster[]): Promise<void> {
    for (const { event } of clusters.flatMap(({ open }) => open)) this.recorded.add(event.id);
    for (const { clusterId } of clusters) this.states.delete(clusterId);
    await this.forget(clusters.flatMap(({ lost }) => lost.map(({ event }) => event.id)));
  }

  /** The database refuses these: the files are set aside with the last intent. */
  async refuse(ids: readonly string[]): Promise<void> {
    for (const file of this.files) this.rejected.add(file);
    await this.forget(ids);
  }

  /** The ticks of these intents are recorded, or never can be. Removes the files with the last intent. Never rejects. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.delete(id);
    if (this.entries.size > 0) return;
    await this.disk.run(undefined, async () => {
      // An intent may have been added in between.
      if (this.entries.size > 0) return;
      const { files } = this;
      this.own = null;
      if (this.adopted !== null) this.adopted = [];
      this.outcomes.clear();
      this.states.clear();
      for (const file of files) {
        await this.discard(file).catch((error: unknown) =>
          this.log.problem('cannot remove a journal of intents that is recorded', error),
        );
      }
    });
  }

  /** What is not recorded stays for the next process. */
  async onApplicationShutdown(): Promise<void> {
    await this.disk.run(undefined, async () => {
      for (const file of this.files) await file.close();
    });
  }

  private async discard(file: JournalFile): Promise<void> {
    if (!this.rejected.delete(file)) return file.remove();
    this.log.problem(`kept a journal of intents that is not recorded completely: ${await file.reject()}`, null);
  }

  private add(entry: JournalEntry): void {
    const { id, clusterId } = entry.event;
    if (this.entries.has(id)) return;
    this.entries.set(id, entry);
    this.clusters.set(clusterId, (this.clusters.get(clusterId) ?? 0) + 1);
  }

  private delete(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    const { clusterId } = entry.event;
    const left = (this.clusters.get(clusterId) ?? 1) - 1;
    if (left === 0) this.clusters.delete(clusterId);
    else this.clusters.set(clusterId, left);
    for (const known of [this.entries, this.recorded, this.lost, this.outcomes]) known.delete(id);
  }

  /** @returns the bytes that were added */
  private async append(lines: readonly JournalLine[], mostBytes: number): Promise<number> {
    const text = printJournal(lines);
    const bytes = Buffer.byteLength(text);
    if ((this.own?.bytes ?? 0) + bytes > mostBytes) throw new Error('it is full');
    this.own ??= await JournalFile.create(this.folder!);
    await this.own.append(text);
    return bytes;
  }

  /** A file that cannot be read stays where it is; one that is damaged is set aside once its other lines are taken. */
  private async takeFile(file: JournalFile, adopted: JournalFile[]): Promise<void> {
    let text: string;
    try {
      text = await file.read();
    } catch (error) {
      this.log.problem('cannot read a journal of intents; it is left for the next start', error);
      await file.close();
      return;
    }
    const journal = parseJournal(text);
    adopted.push(file);
    if (journal.damaged > 0) {
      this.log.problem(`found ${plural(journal.damaged, 'damaged line')} in a journal of intents`, null);
      this.rejected.add(file);
    }
    if (journal.isTorn) this.log.problem('skipped an incomplete line of a journal of intents', null);
    this.take(journal);
  }

  private take({ lines }: Pick<ParsedJournal, 'lines'>): void {
    for (const line of lines) {
      if (line.kind === 'tick') {
        const known = this.states.get(line.state.clusterId);
        if (known === undefined || known.tickedAt <= line.state.tickedAt)
          this.states.set(line.state.clusterId, line.state);
        for (const event of line.outcomes) this.outcomes.set(event.id, event);
      } else {
        this.add(line);
        this.lost.add(line.event.id);
      }
    }
  }
}

function folderOf({ scaler, database }: AppConfig): string | null {
  if (scaler.journalDir !== '') return scaler.journalDir;
  // What is in memory is lost with the process anyway.
  return database.dataDir === 'memory' && database.host === '' ? null : join(dirname(database.dataDir), 'journal');
}
