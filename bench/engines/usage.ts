import { readFileSync } from 'node:fs';
import { cpuMsOf } from '../loop/process.js';

/** CPU of processes between two moments, by process: those that came in between count from nothing, those that went are lost. */
export class Usage {
  private readonly before: ReadonlyMap<number, number>;
  private readonly since = performance.now();

  constructor(private readonly pids: () => readonly number[]) {
    this.before = new Map(pids().map((pid) => [pid, cpuMsOf(pid)]));
  }

  /** Of one core, since this was made. */
  cpuShare(): number {
    const used = this.pids().reduce((sum, pid) => sum + cpuMsOf(pid) - (this.before.get(pid) ?? 0), 0);
    return Number((used / (performance.now() - this.since)).toFixed(3));
  }

  /** Memory in MB, what several share counted in parts. */
  memoryMb(): number {
    return Math.round(this.pids().reduce((sum, pid) => sum + proportionalKb(pid), 0) / 1024);
  }
}

function proportionalKb(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}
