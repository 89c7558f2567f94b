import { EmbeddedDatabase } from '#database/testing';
import { SHARES } from '#scaler';
import { PgBouncer } from '../../test/ops/support/pgbouncer.js';
import { eventually } from '../../test/support/eventually.js';
import { freePort, MeasuredProcess } from '../loop/process.js';
import { Witness } from './witness.js';

export interface Instance {
  readonly process: MeasuredProcess;
  readonly url: string;
}

/** The database, its pooler, the simulator and a witness in front of it; instances are started one by one. */
export class Fleet {
  private readonly instances = new Set<Instance>();

  private constructor(
    private readonly database: EmbeddedDatabase,
    readonly pooler: PgBouncer,
    private readonly simulator: MeasuredProcess,
    readonly simulatorUrl: string,
    readonly witness: Witness,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(env: Readonly<Record<string, string>>, simulatorArgs: readonly string[]): Promise<Fleet> {
    const database = await EmbeddedDatabase.start({ dataDir: 'memory' });
    let pooler: PgBouncer | undefined;
    try {
      pooler = await PgBouncer.start(database);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const args = ['--port', String(port), ...simulatorArgs];
      const simulator = await MeasuredProcess.start('simulator', args, {}, `${url}/health`);
      return new Fleet(database, pooler, simulator, url, await Witness.start(url), env);
    } catch (error) {
      await pooler?.stop();
      await database.stop();
      throw error;
    }
  }

  async startInstance(): Promise<Instance> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = await MeasuredProcess.start('autoscaler', ['serve'], this.environment(port), `${url}/health/live`);
    const instance = { process, url };
    this.instances.add(instance);
    return instance;
  }

  /** What makes a process an instance of this fleet. */
  environment(port: number): Record<string, string> {
    return {
      AUTOSCALER_APP_LOG_LEVEL: 'warn',
      AUTOSCALER_API_PORT: String(port),
      AUTOSCALER_API_RATE_LIMIT: '1000000',
      AUTOSCALER_API_AUTH_RATE_LIMIT: '1000000',
      AUTOSCALER_API_JWT_SECRET: 'one-secret-for-all-instances-0123456789',
      AUTOSCALER_PROMETHEUS_ENABLED: 'false',
      AUTOSCALER_COLLECTOR_SIMULATOR_URL: this.witness.url,
      AUTOSCALER_DATABASE_HOST: '127.0.0.1',
      AUTOSCALER_DATABASE_PORT: String(this.pooler.port),
      AUTOSCALER_DATABASE_MAX_CONNECTIONS: '4',
      AUTOSCALER_SCALER_INSTANCES: 'shared',
      ...this.env,
    };
  }

  /** kill -9. */
  async kill(instance: Instance): Promise<void> {
    this.instances.delete(instance);
    await instance.process.stop('SIGKILL');
  }

  /** How many shares each process holds, by its id. */
  async holders(): Promise<Map<number, number[]>> {
    const rows = await this.pooler.query<{ share: number; holder: string | null }>('SELECT share, holder FROM shares');
    const holders = new Map<number, number[]>();
    for (const { share, holder } of rows) {
      const pid = Number(/-(\d+)-[0-9a-f]+$/.exec(holder ?? '')?.[1]);
      holders.set(pid, [...(holders.get(pid) ?? []), share]);
    }
    return holders;
  }

  /** Waits until all shares are held, by all the instances that run and none by more than `most`. */
  async balanced(most: number): Promise<void> {
    await eventually('the shares are balanced', async () => {
      const holders = await this.holders();
      const mine = [...this.instances].map(({ process }) => holders.get(process.pid)?.length ?? 0);
      const held = mine.reduce((sum, count) => sum + count, 0);
      return held === SHARES && mine.every((count) => count > 0 && count <= most);
    });
  }

  async stop(): Promise<void> {
    for (const { process } of this.instances) {
      process.signal('SIGCONT');
      await process.stop('SIGKILL');
    }
    await this.witness.stop();
    await this.simulator.stop();
    await this.pooler.stop();
    await this.database.stop();
  }
}
