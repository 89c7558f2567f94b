import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly node: string;
}

export function machine(): Machine {
  const all = cpus();
  return { cpus: all.length, model: all[0]?.model.trim() ?? 'unknown', node: process.version };
}

/** The commit of this checkout, marked where files differ from it. */
export function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return `${git('rev-parse', '--short=10', 'HEAD')}${git('status', '--porcelain', '--', 'libs', 'apps', 'bench') === '' ? '' : ' with changes'}`;
}

/** How busy the machine was while a run lasted. */
export interface Busy {
  /** Share of all processor time that was in use. */
  readonly mean: number;
  /** Share of the seconds in which nearly all of it was. */
  readonly full: number;
  /** Load average over a minute, the highest. */
  readonly load: number;
}

/** Use of all processors from which a second counts as full. */
const FULL = 0.98;

/** Watches the use of the processors, read from /proc/stat (Linux only). */
export class Busyness {
  private readonly shares: number[] = [];
  private load = 0;
  private last = readTimes();

  /** To be called every second. */
  sample(): void {
    const now = readTimes();
    const total = now.total - this.last.total;
    if (total > 0) this.shares.push(1 - (now.idle - this.last.idle) / total);
    this.load = Math.max(this.load, loadavg()[0] ?? 0);
    this.last = now;
  }

  get result(): Busy {
    const { shares, load } = this;
    const count = Math.max(1, shares.length);
    const mean = shares.reduce((sum, share) => sum + share, 0) / count;
    return { mean, full: shares.filter((share) => share >= FULL).length / count, load };
  }
}

function readTimes(): { readonly idle: number; readonly total: number } {
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const [, , , idle = 0, waiting = 0] = times;
  return { idle: idle + waiting, total: times.reduce((sum, time) => sum + time, 0) };
}
