import { type LoadPattern, patternLoadAt, type PatternSetting } from '../load/pattern.js';
import { type Spike, spikeEndsAt, withSpikes } from '../load/spike.js';
import { noiseOf, seedOf } from '../random.js';
import { Fleet, type FleetCounts, type ServerRecord } from './fleet.js';
import type {
  ClusterSnapshot,
  ClusterSpec,
  ClusterTuning,
  PlayOptions,
  RequestTotals,
  ServerReading,
  SpikeRequest,
} from './spec.js';

/** Points of memory per point of CPU above or below the base. */
const MEMORY_PER_CPU = 0.3;
/** Time in which memory covers two thirds of the way to its target. */
const MEMORY_LAG_MS = 300_000;
/** Memory of a server that just became active, as a share of the others'. */
const FRESH_MEMORY = 0.6;
/** Memory differences between servers per point of `variance`. */
const MEMORY_VARIANCE = 0.2;
/** Readings of single servers keep their deviation for this long. */
const READING_CELL_MS = 1000;

/**
 * A cluster of servers under load, in virtual time. Load is a function of time; the state advances on a fixed grid of
 * `stepMs` and at the exact times of commands and server changes. Reading a cluster, however often, neither advances
 * the state nor draws a random number: the same spec and the same commands at the same times give the same run.
 */
export class SimulatedCluster {
  private at: number;
  private integratedTo: number;
  private memory: number;
  private offered: number;
  private served: number;
  private spikes: readonly Spike[];
  private readonly stepDecay: number;
  private readonly noiseSeed: number;
  private setting: PatternSetting;

  private constructor(
    private currentSpec: ClusterSpec,
    private currentPattern: LoadPattern,
    private readonly fleet: Fleet,
    private readonly stepMs: number,
    state: Omit<ClusterSnapshot, 'spec' | 'pattern' | 'fleet'>,
  ) {
    this.at = state.at;
    this.integratedTo = state.integratedTo;
    this.memory = state.memory;
    this.offered = state.offered;
    this.served = state.served;
    this.spikes = state.spikes;
    this.stepDecay = Math.exp(-stepMs / MEMORY_LAG_MS);
    this.noiseSeed = seedOf('noise', currentSpec.seed);
    this.setting = this.settingFor(state.since, state.compression);
  }

  /**
   * @param at virtual start time
   * @param stepMs grid of the state, in virtual milliseconds
   */
  static started(spec: ClusterSpec, pattern: LoadPattern, at: number, stepMs = 1000): SimulatedCluster {
    const fleet = Fleet.started(spec.id, spec, seedOf('fleet', spec.seed), spec.servers, at);
    const state = {
      at,
      integratedTo: at,
      memory: spec.baseMemory,
      offered: 0,
      served: 0,
      spikes: [],
      since: at,
      compression: 1,
    };
    return new SimulatedCluster(spec, pattern, fleet, stepMs, state);
  }

  /** @param pattern the pattern of the snapshot, with its trace resolved */
  static restored(snapshot: ClusterSnapshot, pattern: LoadPattern, stepMs = 1000): SimulatedCluster {
    const fleet = Fleet.restored(snapshot.spec.id, snapshot.spec, snapshot.fleet);
    return new SimulatedCluster(snapshot.spec, pattern, fleet, stepMs, snapshot);
  }

  get spec(): ClusterSpec {
    return this.currentSpec;
  }

  get pattern(): LoadPattern {
    return this.currentPattern;
  }

  /** Speed of the pattern relative to virtual time. */
  get compression(): number {
    return this.setting.compression;
  }

  get now(): number {
    return this.at;
  }

  get desired(): number {
    return this.fleet.desired;
  }

  get counts(): FleetCounts {
    return this.fleet.counts;
  }

  /** Existing servers, oldest first. */
  get servers(): readonly ServerRecord[] {
    return this.fleet.living;
  }

  /** The last terminated servers, oldest first. */
  get terminated(): readonly ServerRecord[] {
    return this.fleet.ended;
  }

  get activeSpikes(): readonly Spike[] {
    return this.spikes.filter((spike) => spikeEndsAt(spike) > this.at);
  }

  /** Offered requests per second. */
  get offeredLoad(): number {
    return this.loadAt(this.at);
  }

  /** Requests per second that the current pattern offers at a virtual time, without spikes; also before it was set. */
  patternLoadAt(at: number): number {
    return patternLoadAt(this.currentPattern, this.setting, at);
  }

  /** Served requests per second. */
  get servedLoad(): number {
    return Math.min(this.offeredLoad, this.totalCapacity);
  }

  /** Requests since the start. */
  get totals(): RequestTotals {
    const { offered, served } = this.segment(this.at);
    const totals = { offered: this.offered + offered, served: this.served + served };
    return { ...totals, dropped: totals.offered - totals.served };
  }

  /**
   * Advances time to `to`.
   * @throws {RangeError} if `to` is in the past
   */
  advance(to: number): void {
    if (!(to >= this.at)) throw new RangeError(`time cannot go back from ${this.at} to ${to}`);
    for (;;) {
      const gridAt = (Math.floor(this.integratedTo / this.stepMs) + 1) * this.stepMs;
      const next = Math.min(gridAt, this.fleet.nextEventAt);
      if (next > to) break;
      this.integrate(next);
      if (this.fleet.nextEventAt <= next) this.fleet.settle(next, this.memory * (FRESH_MEMORY - 1));
    }
    this.at = to;
  }

  /** Sets the desired number of servers (active and provisioning); see `Fleet.setDesired`. */
  setDesired(count: number, at: number, granted = Infinity): void {
    this.commandAt(at);
    this.fleet.setDesired(count, at, granted);
  }

  /** Terminates `count` active servers at once; returns their ids. */
  crash(count: number, at: number): string[] {
    this.commandAt(at);
    return this.fleet.crash(count, at);
  }

  /** Switches to another pattern around the same base load. */
  setPattern(pattern: LoadPattern, at: number, { noise, compression = 1 }: PlayOptions = {}): void {
    this.commandAt(at);
    this.currentPattern = pattern;
    if (noise !== undefined) this.currentSpec = { ...this.currentSpec, noise };
    this.setting = this.settingFor(at, compression);
  }

  addSpike(request: SpikeRequest, at: number): Spike {
    this.commandAt(at);
    const { cpuTarget, ...shape } = request;
    const servers = this.fleet.counts.active || this.currentSpec.servers;
    const spike = { ...shape, startAt: at, peakLoad: (servers * this.currentSpec.capacity * cpuTarget) / 100 };
    this.spikes = [...this.activeSpikes, spike];
    return spike;
  }

  tune(tuning: ClusterTuning, at: number): void {
    this.commandAt(at);
    this.currentSpec = { ...this.currentSpec, ...tuning };
    this.setting = this.settingFor(this.setting.since, this.setting.compression);
  }

  /** Current metrics of the active servers; their request loads add up to what the cluster serves. */
  readings(): ServerReading[] {
    const { capacity, variance } = this.currentSpec;
    const active = this.fleet.living.filter((server) => server.state === 'ACTIVE');
    const share = active.length === 0 ? 0 : this.servedLoad / (active.length * capacity);
    // Deviations cancel out over the cluster, and none may push a server below 0 or above 100 %.
    const spread = Math.min(variance / 100, share / 2, (1 - share) / 2);
    const cell = Math.floor(this.at / READING_CELL_MS);
    const deviations = active.map((server) => noiseOf(this.noiseSeed, server.number, cell));
    const mean = deviations.reduce((sum, deviation) => sum + deviation, 0) / active.length;
    const memory = this.segment(this.at).memory;
    return active.map((server, index) => {
      const used = share + spread * (deviations[index]! - mean);
      const fresh = server.memoryOffset * Math.exp(-(this.at - server.activeAt!) / MEMORY_LAG_MS);
      const wobble = MEMORY_VARIANCE * variance * noiseOf(this.noiseSeed, -server.number, cell);
      return {
        serverId: server.id,
        cpu: percent(used * 100),
        memory: percent(memory + fresh + wobble),
        requestLoad: used * capacity,
      };
    });
  }

  snapshot(): ClusterSnapshot {
    const { currentPattern: pattern, at, integratedTo, memory, offered, served } = this;
    return {
      spec: this.currentSpec,
      pattern: pattern.kind === 'trace' ? { ...pattern, trace: pattern.trace.name } : pattern,
      since: this.setting.since,
      compression: this.setting.compression,
      spikes: this.activeSpikes,
      fleet: this.fleet.snapshot(),
      at,
      integratedTo,
      memory,
      offered,
      served,
    };
  }

  private get totalCapacity(): number {
    return this.fleet.counts.active * this.currentSpec.capacity;
  }

  private loadAt(at: number): number {
    return withSpikes(patternLoadAt(this.currentPattern, this.setting, at), this.spikes, at);
  }

  private settingFor(since: number, compression: number): PatternSetting {
    const { servers, capacity, baseCpu, noise, seed } = this.currentSpec;
    return { baseLoad: (servers * capacity * baseCpu) / 100, since, compression, noise, seed: seedOf('load', seed) };
  }

  /** A command splits the grid interval: the time before it is computed under the old conditions. */
  private commandAt(at: number): void {
    this.advance(at);
    this.integrate(at);
  }

  private integrate(to: number): void {
    if (to <= this.integratedTo) return;
    const { offered, served, memory } = this.segment(to);
    this.offered += offered;
    this.served += served;
    this.memory = memory;
    this.integratedTo = to;
  }

  /** Values between the last grid point and `to`; only the load changes in between. */
  private segment(to: number): { offered: number; served: number; memory: number } {
    const elapsed = to - this.integratedTo;
    if (elapsed <= 0) return { offered: 0, served: 0, memory: this.memory };
    const load = this.loadAt(this.integratedTo + elapsed / 2);
    const capacity = this.totalCapacity;
    const served = Math.min(load, capacity);
    const { baseCpu, baseMemory } = this.currentSpec;
    const cpu = capacity === 0 ? 0 : (served / capacity) * 100;
    const drawn = percent(baseMemory + MEMORY_PER_CPU * (cpu - baseCpu));
    const decay = elapsed === this.stepMs ? this.stepDecay : Math.exp(-elapsed / MEMORY_LAG_MS);
    const seconds = elapsed / 1000;
    return { offered: load * seconds, served: served * seconds, memory: drawn + (this.memory - drawn) * decay };
  }
}

function percent(value: number): number {
  return Math.min(100, Math.max(0, value));
}
