import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '#config';
import {
  type ClusterSnapshot,
  type ClusterSpec,
  type LoadPattern,
  SimulatedCluster,
  type TimeSegment,
  VirtualTime,
} from '#world';
import { clusterNotFound, staleToken } from '../http/errors.js';
import { SIMULATOR_OPTIONS, type SimulatorOptions } from '../options.js';

/** Everything that a restart needs to continue; plain JSON. */
export interface CloudSnapshot {
  readonly time: { readonly segments: readonly TimeSegment[]; readonly now: number };
  readonly clusters: readonly ClusterSnapshot[];
  /** By cluster; see `Cloud.admit`. Missing in files of earlier releases. */
  readonly tokens?: Readonly<Record<string, number>>;
}

/** The clusters of the simulated cloud, and its virtual time. */
@Injectable()
export class Cloud {
  private clusters = new Map<string, SimulatedCluster>();
  private time: VirtualTime;
  private revision = 0;
  /** The highest fencing token seen for each cluster. */
  private tokens = new Map<string, number>();

  constructor(
    @Inject(SIMULATOR_OPTIONS) private readonly options: SimulatorOptions,
    private readonly clock: Clock,
  ) {
    this.time = VirtualTime.started(clock.now(), options.speed);
  }

  get size(): number {
    return this.clusters.size;
  }

  get speed(): number {
    return this.time.speed;
  }

  /** Virtual time now, in milliseconds. */
  now(): number {
    return this.time.at(this.clock.now());
  }

  /** The real time of a virtual time, past or future. */
  realTimeOf(virtual: number): number {
    return this.time.realOf(virtual);
  }

  /** The virtual time of a real time, past or future. */
  virtualTimeOf(real: number): number {
    return this.time.virtualOf(real);
  }

  /** Virtual milliseconds in a number of real ones. */
  virtual(realMs: number): number {
    return Math.round(realMs * this.time.speed);
  }

  /** Changes with every command, so that unchanged state need not be saved. */
  get changes(): number {
    return this.revision;
  }

  /** Records that a cluster was changed. */
  changed(): void {
    this.revision++;
  }

  /**
   * Rejects a request with an older token than an earlier one: its sender was replaced.
   * @throws {AppError} 409
   */
  admit(id: string, token: number): void {
    const highest = this.tokens.get(id) ?? 0;
    if (token < highest) throw staleToken(id, token, highest);
    if (token === highest) return;
    this.tokens.set(id, token);
    this.changed();
  }

  has(id: string): boolean {
    return this.clusters.has(id);
  }

  /**
   * The cluster in its current state.
   * @throws {AppError} 404
   */
  get(id: string): SimulatedCluster {
    const cluster = this.clusters.get(id);
    if (!cluster) throw clusterNotFound(id);
    cluster.advance(this.now());
    return cluster;
  }

  /** All clusters in their current state, sorted by id. */
  all(): SimulatedCluster[] {
    const now = this.now();
    const all = [...this.clusters.values()].sort((one, other) => (one.spec.id < other.spec.id ? -1 : 1));
    for (const cluster of all) cluster.advance(now);
    return all;
  }

  create(spec: ClusterSpec, pattern: LoadPattern): SimulatedCluster {
    const cluster = SimulatedCluster.started(spec, pattern, this.now(), this.stepMs);
    this.clusters.set(spec.id, cluster);
    this.changed();
    return cluster;
  }

  /** @throws {AppError} 404 */
  remove(id: string): void {
    if (!this.clusters.delete(id)) throw clusterNotFound(id);
    this.tokens.delete(id);
    this.changed();
  }

  snapshot(): CloudSnapshot {
    const clusters = this.all().map((cluster) => cluster.snapshot());
    return { time: this.time.snapshot(this.clock.now()), clusters, tokens: Object.fromEntries(this.tokens) };
  }

  /** Continues from the time at which `saved` was written; no virtual time has passed since. */
  restore(saved: CloudSnapshot, patternOf: (cluster: ClusterSnapshot) => LoadPattern): void {
    this.time = VirtualTime.resumed(saved.time, this.clock.now(), this.options.speed);
    this.tokens = new Map(Object.entries(saved.tokens ?? {}));
    this.clusters = new Map(
      saved.clusters.map((cluster) => [
        cluster.spec.id,
        SimulatedCluster.restored(cluster, patternOf(cluster), this.stepMs),
      ]),
    );
  }

  /** One physics step per real second: finer ones are not visible, and expensive at high speed. */
  private get stepMs(): number {
    return Math.max(1000, Math.round(this.time.speed * 1000));
  }
}
