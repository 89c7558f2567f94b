import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, MeasuredProcess } from '../loop/process.js';

export { ask } from '../ask.js';

/** Service and simulator on free ports with their own data. */
export interface Cloud {
  readonly url: string;
  readonly simulatorUrl: string;
  /** The running one, also after a restart. */
  readonly autoscaler: MeasuredProcess;
  readonly simulator: MeasuredProcess;
  /** Starts the service again, after it was stopped. */
  restart(): Promise<void>;
  /** Stops both; idempotent. */
  stop(): Promise<void>;
}

/** @param args of `autoscaler serve` */
export async function startCloud(args: readonly string[], env: Record<string, string> = {}): Promise<Cloud> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-dashboard-'));
  const [api, prometheus, simulated] = [await freePort(), await freePort(), await freePort()];
  const simulatorUrl = `http://127.0.0.1:${simulated}`;
  const simulator = await MeasuredProcess.start(
    'simulator',
    ['--port', String(simulated), '--speed', '60'],
    {},
    `${simulatorUrl}/health`,
  );
  const url = `http://127.0.0.1:${api}`;
  const startAutoscaler = async (): Promise<MeasuredProcess> =>
    MeasuredProcess.start(
      'autoscaler',
      ['serve', ...args],
      {
        AUTOSCALER_APP_LOG_LEVEL: 'error',
        AUTOSCALER_API_PORT: String(api),
        AUTOSCALER_API_RATE_LIMIT: '1000000',
        AUTOSCALER_API_AUTH_RATE_LIMIT: '1000000',
        AUTOSCALER_PROMETHEUS_PORT: String(prometheus),
        AUTOSCALER_COLLECTOR_SIMULATOR_URL: simulatorUrl,
        AUTOSCALER_DATABASE_DATA_DIR: join(folder, 'database'),
        ...env,
      },
      `${url}/health/live`,
    );
  try {
    let autoscaler = await startAutoscaler();
    return {
      url,
      simulatorUrl,
      get autoscaler() {
        return autoscaler;
      },
      simulator,
      async restart() {
        autoscaler = await startAutoscaler();
      },
      async stop() {
        await autoscaler.stop();
        await simulator.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}
