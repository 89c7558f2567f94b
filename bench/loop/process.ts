import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const UP_WITHIN_MS = 180_000;
const POLL_MS = 100;

/** A built program as a child process, measured from outside. */
export class MeasuredProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts `dist/apps/<name>` and waits until `healthUrl` answers 200. @param root folder with the build */
  static async start(
    name: string,
    args: readonly string[],
    env: Record<string, string>,
    healthUrl: string,
    root = '.',
  ): Promise<MeasuredProcess> {
    const child = spawn(process.execPath, [`dist/apps/${name}/src/main.js`, ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const started = new MeasuredProcess(child);
    const deadline = Date.now() + UP_WITHIN_MS;
    while (!(await fetch(healthUrl).catch(() => undefined))?.ok) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await started.stop();
        throw new Error(`${name} did not come up`);
      }
      await delay(POLL_MS);
    }
    return started;
  }

  /** CPU time of all threads so far, in milliseconds. */
  cpuMs(): number {
    return cpuMsOf(this.pid);
  }

  /** Resident memory in MB. */
  rssMb(): number {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kilobytes) / 1024);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process was not started');
    return this.child.pid;
  }

  /** SIGSTOP pauses the process, SIGCONT resumes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }
}

/** CPU time of all threads of a process so far, in milliseconds. */
export function cpuMsOf(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** The fields after the name in /proc/PID/stat. */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
