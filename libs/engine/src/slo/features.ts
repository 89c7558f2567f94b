import type { History } from './history.js';
import { logOf } from './log.js';
import type { Memory, Remembering } from './memory.js';

/** Number of inputs of the location and of the spread. */
export const LOCATION_INPUTS = 31;
export const SPREAD_INPUTS = 11;

const MINUTES = 60;
/** Metric sources that refresh every five minutes cause a rhythm of five minutes in the slope. */
const RHYTHM = 5;
/** Days whose profile is averaged: as many as the history holds per step. */
const USUAL_DAYS = 7;

enum Level {
  Short,
  Quarter,
  Hour,
  Day,
  FastError,
  SlowError,
  Steps,
}

/**
 * Turns demand history into inputs of a regression: log ratios to the current level, independent of the cluster's size.
 */
export class Features implements Remembering {
  private readonly levels = new Float64Array(7);
  private readonly blocks = new Float32Array(288);
  private readonly hourProfile = new Float32Array(2 * MINUTES);
  private readonly dayErrors: Float32Array;
  private readonly phaseErrors = new Float32Array(RHYTHM);
  private readonly minuteErrors = new Float32Array(MINUTES);
  private readonly stepMinutes: number;

  constructor(
    private readonly history: History,
    stepSeconds: number,
  ) {
    this.stepMinutes = stepSeconds / 60;
    this.dayErrors = new Float32Array(Math.ceil(1440 / RHYTHM)).fill(-1);
  }

  memory(): readonly Memory[] {
    return [this.levels, this.blocks, this.hourProfile, this.dayErrors, this.phaseErrors, this.minuteErrors];
  }

  /** Adds a step; call once, after it was added to the history. */
  push(demand: number, minute: number): void {
    const step = this.levels[Level.Steps]!++;
    this.follow(Level.Short, demand, 2.5, step);
    this.follow(Level.Quarter, demand, this.steps(8), step);
    this.follow(Level.Hour, demand, this.steps(40), step);
    this.follow(Level.Day, demand, this.steps(1440), step);
    const block = Math.floor(minute / RHYTHM) % this.blocks.length;
    const first = minute % RHYTHM < this.stepMinutes;
    this.blocks[block] = first ? demand : Math.max(this.blocks[block]!, demand);
  }

  /** Adds the error of a forecast made at `minute`, log ratio. */
  pushError(error: number, minute: number): void {
    const size = Math.min(Math.abs(error), 3);
    this.levels[Level.FastError] =
      this.levels[Level.FastError]! + (size - this.levels[Level.FastError]!) / this.steps(30);
    this.levels[Level.SlowError] =
      this.levels[Level.SlowError]! + (size - this.levels[Level.SlowError]!) / this.steps(1440);
    const slot = 2 * (minute % MINUTES);
    const count = Math.min(this.hourProfile[slot + 1]! + 1, 48);
    this.hourProfile[slot + 1] = count;
    const bounded = Math.max(-1, Math.min(1.5, error));
    this.hourProfile[slot] = this.hourProfile[slot]! + (bounded - this.hourProfile[slot]!) / count;
    const phase = minute % RHYTHM;
    this.phaseErrors[phase] = this.phaseErrors[phase]! + (size - this.phaseErrors[phase]!) * 0.01;
    const ofHour = minute % MINUTES;
    this.minuteErrors[ofHour] = this.minuteErrors[ofHour]! + (size - this.minuteErrors[ofHour]!) * 0.05;
    const part = Math.floor((minute % 1440) / RHYTHM);
    const known = this.dayErrors[part]!;
    this.dayErrors[part] = known < 0 ? size : known + (size - known) / 5;
  }

  /** Writes the inputs of a forecast for the next `horizon` steps into `location` and `spread`. */
  fill(demand: number, minute: number, horizon: number, location: Float32Array, spread: Float32Array): void {
    const { history, levels } = this;
    const now = logOf(demand);
    const highest = (minutes: number): number => logOf(history.highest(0, this.steps(minutes))) - now;
    const above = (level: number): number => logOf(levels[level]!) - now;
    location.fill(0);
    location[0] = 1;
    location[1] = above(Level.Short);
    location[2] = above(Level.Quarter);
    location[3] = above(Level.Hour);
    location[4] = highest(5);
    location[5] = highest(15);
    location[6] = highest(60);
    location[7] = logOf(this.highestBlock(minute, 36)) - now;
    location[8] = logOf(this.highestBlock(minute, 288)) - now;
    location[9] = above(Level.Day);
    this.fillSeason(location, 10, history.stepsPerDay, horizon, now);
    this.fillSeason(location, 13, 7 * history.stepsPerDay, horizon, now);
    this.fillUsualDay(location, 29, horizon);
    location[15] = this.hourProfile[2 * (minute % MINUTES)]!;
    if (history.length > 5) {
      location[16] = now - logOf(history.mean(1, 4));
      const phase = minute % RHYTHM;
      // Ramps are linear more often than exponential.
      location[18 + phase] = logOf(demand + 2 * (demand - history.back(1))) - now;
      location[23 + phase] = logOf(demand + (demand - history.back(2))) - now;
      location[28] = now - logOf(history.back(4));
    }
    const hour = this.steps(60);
    if (history.length > hour + 1) location[17] = logOf(history.highest(hour - horizon, horizon)) - now;
    spread[0] = 1;
    spread[1] = errorInput(levels[Level.FastError]!);
    spread[2] = errorInput(levels[Level.SlowError]!);
    spread[3] = now - 2;
    spread[4] = Math.abs(location[1]);
    spread[5] = location[5];
    spread[6] = location[6];
    spread[7] = this.errorAtThisTime(minute) ?? spread[2];
    spread[8] = location[15];
    spread[9] = errorInput(this.phaseErrors[minute % RHYTHM]!) - spread[2];
    spread[10] = errorInput(this.minuteErrors[minute % MINUTES]!) - spread[2];
  }

  /** Demand one season ago from this time on, relative to then and to now. */
  private fillSeason(location: Float32Array, at: number, season: number, horizon: number, now: number): void {
    const around = this.steps(30);
    if (this.history.length <= season + around) return;
    const level = logOf(this.history.mean(season, this.steps(10)));
    location[at] = logOf(this.history.highest(season - horizon, horizon)) - level;
    const highest = logOf(this.history.highest(season - around, 2 * around));
    // Averages two weeks, because one alone may be an outlier. (The day before yesterday is not stored this way.)
    const before = this.history.highestBefore(2 * season - around, 2 * around);
    location[at + 1] = (before === null ? highest : (highest + logOf(before)) / 2) - now;
    if (at === 10) location[at + 2] = level - now;
  }

  /** Mean profile of the last week's days from this time on, relative to then: a single day is mostly noise. */
  private fillUsualDay(location: Float32Array, at: number, horizon: number): void {
    const { history } = this;
    const around = this.steps(10);
    let highest = 0;
    let last = 0;
    let days = 0;
    for (let day = 1; day <= USUAL_DAYS && history.length > day * history.stepsPerDay + around; day++) {
      const then = day * history.stepsPerDay;
      let level = 0;
      for (let step = 0; step < around; step++) level += history.logBack(then + step);
      level /= around;
      let top = 0;
      for (let step = 1; step <= horizon; step++) top = Math.max(top, history.logBack(then - step));
      highest += top - level;
      last += history.logBack(then - horizon) - level;
      days++;
    }
    // A single day is already an input of the regression.
    if (days < 2) return;
    location[at] = highest / days;
    location[at + 1] = last / days;
  }

  private errorAtThisTime(minute: number): number | null {
    const parts = this.dayErrors.length;
    const part = Math.floor((minute % 1440) / RHYTHM);
    let sum = 0;
    let count = 0;
    for (let offset = -2; offset <= 2; offset++) {
      const error = this.dayErrors[(part + offset + parts) % parts]!;
      if (error < 0) continue;
      sum += error;
      count++;
    }
    return count === 0 ? null : errorInput(sum / count);
  }

  private highestBlock(minute: number, count: number): number {
    const { blocks } = this;
    let highest = 0;
    let block = Math.floor(minute / RHYTHM) % blocks.length;
    for (let back = 0; back < count; back++) {
      if (blocks[block]! > highest) highest = blocks[block]!;
      block = block === 0 ? blocks.length - 1 : block - 1;
    }
    return highest;
  }

  private follow(level: Level, value: number, memorySteps: number, step: number): void {
    const share = Math.max(1 / Math.max(1, memorySteps), 1 / (step + 1));
    this.levels[level] = this.levels[level]! + (value - this.levels[level]!) * share;
  }

  private steps(minutes: number): number {
    return Math.max(1, Math.round(minutes / this.stepMinutes));
  }
}

function errorInput(error: number): number {
  return Math.log(error + 0.005) + 3;
}
