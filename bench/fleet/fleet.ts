import { PARTITIONS } from '#partitions';
import { eventually } from '../../test/support/eventually.js';
import { freePort, MeasuredProcess } from '../loop/process.js';
import type { FleetDatabase } from './database.js';
import { Witness } from './witness.js';

export interface Instance {
  readonly process: MeasuredProcess;
  readonly url: string;
  readonly prometheusUrl: string;
}

/** Database, simulator, and a recording proxy in front of it; instances are started one by one. */
export class Fleet {
  private readonly instances = new Set<Instance>();

  private constructor(
    readonly database: FleetDatabase,
    private readonly simulator: MeasuredProcess,
    readonly simulatorUrl: string,
    readonly witness: Witness,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @param database is stopped with the fleet @param env settings of all instances */
  static async start(
    database: FleetDatabase,
    env: Readonly<Record<string, string>>,
    simulatorArgs: readonly string[],
  ): Promise<Fleet> {
    try {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const args = ['--port', String(port), ...simulatorArgs];
      const simulator = await MeasuredProcess.start('simulator', args, {}, `${url}/health`);
      return new Fleet(database, simulator, url, await Witness.start(url), env);
    } catch (error) {
      await database.stop();
      throw error;
    }
  }

  /** @param env additional settings @param root folder with another build of the service */
  async startInstance(env: Readonly<Record<string, string>> = {}, root?: string): Promise<Instance> {
    const [port, prometheus] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const settings = { ...this.environment(port, prometheus), ...env };
    const process = await MeasuredProcess.start('autoscaler', ['serve'], settings, `${url}/health/live`, root);
    const instance = { process, url, prometheusUrl: `http://127.0.0.1:${prometheus}` };
    this.instances.add(instance);
    return instance;
  }

  /** Environment variables of an instance of this fleet. */
  environment(port: number, prometheus: number): Record<string, string> {
    return {
      AUTOSCALER_APP_LOG_LEVEL: 'warn',
      AUTOSCALER_API_PORT: String(port),
      AUTOSCALER_API_RATE_LIMIT: '1000000',
      AUTOSCALER_API_AUTH_RATE_LIMIT: '1000000',
      AUTOSCALER_API_JWT_SECRET: 'one-secret-for-all-instances-0123456789',
      AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
      AUTOSCALER_COLLECTOR_SIMULATOR_URL: this.witness.url,
      AUTOSCALER_SCALER_INSTANCES: 'shared',
      ...this.database.environment,
      ...this.env,
    };
  }

  /** kill -9. */
  async kill(instance: Instance): Promise<void> {
    this.instances.delete(instance);
    await instance.process.stop('SIGKILL');
  }

  /** A graceful stop. */
  async retire(instance: Instance): Promise<void> {
    this.instances.delete(instance);
    await instance.process.stop('SIGTERM');
  }

  /** Number of held partitions by process id. */
  async holders(): Promise<Map<number, number[]>> {
    const rows = await this.database.query<{ share: number; holder: string | null }>(
      'SELECT share, holder FROM shares',
    );
    const holders = new Map<number, number[]>();
    for (const { share, holder } of rows) {
      const pid = Number(/-(\d+)-[0-9a-f]+$/.exec(holder ?? '')?.[1]);
      holders.set(pid, [...(holders.get(pid) ?? []), share]);
    }
    return holders;
  }

  /** Waits until all partitions are held, by all running instances and none with more than `most`. */
  async balanced(most: number): Promise<void> {
    await eventually('the partitions are balanced', async () => {
      const holders = await this.holders();
      const mine = [...this.instances].map(({ process }) => holders.get(process.pid)?.length ?? 0);
      const held = mine.reduce((sum, count) => sum + count, 0);
      return held === PARTITIONS && mine.every((count) => count > 0 && count <= most);
    });
  }

  async stop(): Promise<void> {
    for (const { process } of this.instances) {
      process.signal('SIGCONT');
      await process.stop('SIGKILL');
    }
    await this.witness.stop();
    await this.simulator.stop();
    await this.database.stop();
  }
}
