import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeMigratedFolder } from '../../libs/database/src/migrated-dump.js';
import { eventually } from './eventually.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/**
 * Above every port that `fetch` and browsers block; 10080 is the highest
 * (https://fetch.spec.whatwg.org/#port-blocking).
 */
const FIRST_PORT = 12_000;
const PORTS_OF_A_WORKER = 2000;
const WORKERS = 10;
const LAST_OUTPUT_CHARACTERS = 5000;
/** Next port to try; random at first, because another test run may be active. */
let nextPort = randomInt(PORTS_OF_A_WORKER);

/** One of the two programs as a child process, started from the build as a user starts it. */
export class Program {
  private child: ChildProcess | undefined;
  private readonly lines: string[] = [];
  private isStopping = false;

  constructor(
    private readonly name: 'autoscaler' | 'simulator',
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
    /** Answers 200 once the program is up. */
    private readonly healthUrl: string,
  ) {}

  /** The whole output of the program, over all starts. */
  get output(): string {
    return this.lines.join('');
  }

  private get lastOutput(): string {
    return this.output.slice(-LAST_OUTPUT_CHARACTERS);
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.name} is not running`);
    return this.child.pid;
  }

  async start(): Promise<void> {
    const main = join(ROOT, 'dist', 'apps', this.name, 'src', 'main.js');
    const child = spawn(process.execPath, [main, ...this.args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.isStopping = false;
    child.once('exit', (code, signal) => {
      // Later tests only see refused connections; this is the cause.
      if (!this.isStopping)
        process.stderr.write(`${this.name} exited unexpectedly (${code ?? signal}):\n${this.lastOutput}\n`);
    });
    child.stdout.on('data', (chunk: Buffer) => this.lines.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => this.lines.push(chunk.toString()));
    await eventually(`${this.name} is up`, async () => {
      if (child.exitCode !== null) throw new Error(`${this.name} ended with ${child.exitCode}:\n${this.output}`);
      return (await fetch(this.healthUrl)).ok;
    }).catch((error: unknown) => {
      throw new Error(`${this.name} does not come up:\n${this.output}`, { cause: error });
    });
  }

  /** Stops the program and resolves when it has ended; SIGTERM is a graceful stop, SIGKILL a crash. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    this.isStopping = true;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }

  /** Pauses the program (SIGSTOP), resumes it (SIGCONT), or makes it reopen its log file (SIGHUP). */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGHUP'): void {
    process.kill(this.pid, signal);
  }
}

/** A simulator and an autoscaler on their own ports and data folder. */
export interface System {
  readonly simulator: Program;
  readonly autoscaler: Program;
  readonly urls: { readonly api: string; readonly simulator: string; readonly prometheus: string };
  readonly folder: string;
  stop(): Promise<void>;
}

export interface SimulatorOptions {
  /** Virtual seconds per real second. */
  readonly speed?: number;
  /** Lead time of a server, in virtual time. */
  readonly provisioning?: string;
}

export interface SystemOptions extends SimulatorOptions {
  /** Additional configuration by environment variable. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts both programs with a migrated, empty database; call `stop()` when done, also after a failure. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const folder = await mkdtemp(join(tmpdir(), 'autoscaler-e2e-'));
  const database = join(folder, 'database');
  await makeMigratedFolder(database);
  const [api, prometheus, simulated] = (await freePorts(3)) as [number, number, number];
  const urls = {
    api: `http://127.0.0.1:${api}`,
    prometheus: `http://127.0.0.1:${prometheus}`,
    simulator: `http://127.0.0.1:${simulated}`,
  };
  const simulator = simulatorOn(simulated, options, ['--state', join(folder, 'simulator.json')]);
  const autoscaler = new Program(
    'autoscaler',
    ['serve', '-config', 'config/config.test.yaml'],
    {
      AUTOSCALER_API_PORT: String(api),
      AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
      AUTOSCALER_COLLECTOR_SIMULATOR_URL: urls.simulator,
      AUTOSCALER_DATABASE_DATA_DIR: database,
      ...options.env,
    },
    `${urls.api}/health/live`,
  );
  const system: System = {
    simulator,
    autoscaler,
    urls,
    folder,
    async stop() {
      await autoscaler.stop();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all([simulator.start(), autoscaler.start()]);
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}

/** Starts only a simulator, without persistent state. */
export async function startSimulator(
  options: SimulatorOptions = {},
): Promise<{ readonly program: Program; readonly url: string }> {
  const [port] = (await freePorts(1)) as [number];
  const program = simulatorOn(port, options, []);
  await program.start();
  return { program, url: `http://127.0.0.1:${port}` };
}

function simulatorOn(port: number, { speed = 60, provisioning = '60s' }: SimulatorOptions, more: string[]): Program {
  const args = ['--port', String(port), '--speed', String(speed), '--provisioning', provisioning, '--seed', '1'];
  return new Program('simulator', [...args, ...more], {}, `http://127.0.0.1:${port}/health`);
}

/**
 * Free ports on loopback. Below the ephemeral range, and a separate range for each test worker: no port is taken
 * between its choice and its use.
 */
export async function freePorts(count: number): Promise<number[]> {
  const first = FIRST_PORT + ((Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % WORKERS) * PORTS_OF_A_WORKER;
  const ports: number[] = [];
  while (ports.length < count) {
    const port = first + (nextPort++ % PORTS_OF_A_WORKER);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
