import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ClusterSnapshot, LoadPattern, PatternSnapshot } from '#world';
import { Cloud } from '../cloud/cloud.js';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';
import { TraceLibrary } from '../traces/trace-library.js';
import { readState, type SavedState, writeState } from './state-file.js';

/** Maximum delay of saving a command, real time. */
const CHANGES_EVERY_MS = 1000;
/** Without commands, elapsed virtual time is saved at this interval. */
const TIME_EVERY_MS = 30_000;

/**
 * Persists the state in a file, if configured: read at the start, written after commands, periodically, and at
 * shutdown.
 */
@Injectable()
export class StateKeeper implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(StateKeeper.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private savedChanges = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SIMULATOR_OPTIONS) private readonly options: SimulatorOptions,
    private readonly cloud: Cloud,
    private readonly traces: TraceLibrary,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.options.stateFile === null) return;
    const state = await readState(this.options.stateFile);
    if (state) await this.restore(state);
    this.timers.push(
      setInterval(() => this.saveInBackground(false), CHANGES_EVERY_MS).unref(),
      setInterval(() => this.saveInBackground(true), TIME_EVERY_MS).unref(),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.save();
  }

  /** Writes the current state; writes are serialized. */
  async save(): Promise<void> {
    const { stateFile } = this.options;
    if (stateFile === null) return;
    const write = async () => {
      this.savedChanges = this.cloud.changes;
      await writeState(stateFile, this.state());
    };
    this.writing = this.writing.then(write, write);
    await this.writing;
  }

  private saveInBackground(always: boolean): void {
    if (!always && this.cloud.changes === this.savedChanges) return;
    this.save().catch((fault: unknown) => {
      this.logger.error(`cannot write the state file ${this.options.stateFile}: ${String(fault)}`);
    });
  }

  private state(): SavedState {
    const snapshot = this.cloud.snapshot();
    const names = new Set(
      snapshot.clusters.flatMap(({ pattern }) => (pattern.kind === 'trace' ? [pattern.trace] : [])),
    );
    const inlineTraces = [...names].flatMap((name) => {
      const points = this.traces.pointsOf(name);
      return points ? [points] : [];
    });
    return { version: 1, ...snapshot, inlineTraces };
  }

  private async restore(state: SavedState): Promise<void> {
    for (const points of state.inlineTraces) this.traces.add(points);
    const patterns = new Map<ClusterSnapshot, LoadPattern>();
    for (const cluster of state.clusters) patterns.set(cluster, await this.patternFrom(cluster.pattern));
    this.cloud.restore(state, (cluster) => patterns.get(cluster)!);
  }

  private async patternFrom(saved: PatternSnapshot): Promise<LoadPattern> {
    return saved.kind === 'trace' ? { ...saved, trace: await this.traces.find(saved.trace) } : saved;
  }
}
