import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { configOf } from '#config';
import { openDatabase } from '#database';
import { uniformObservation } from '#engine';
import { ObservationEntity } from '../../libs/metrics/src/observations/observation.entity.js';
import { ObservationRepository } from '../../libs/metrics/src/observations/observation.repository.js';
import { ClusterModelEntity } from '../../libs/scaler/src/loop/cluster-model.entity.js';
import { eventually } from '../../test/support/eventually.js';
import { ask } from '../ask.js';
import { freePort, MeasuredProcess } from '../loop/process.js';
import { CLOCK_VARIABLE, type Compression } from './fast-clock.js';
import { type Calls, callsIn, type Wanted } from './keda.js';
import { MAX_SERVERS, MIN_SERVERS, type Minute, PROMISE, PROVISION_SECONDS } from './replay.js';

const PRELOAD = join(dirname(fileURLToPath(import.meta.url)), 'fast-clock.js');
const CREDENTIALS = { username: 'bench', password: 'Correct-Horse-9' };
const HOUR_MS = 3_600_000;
const ROWS_TOGETHER = 2000;
/** Of the demand that saturation may hide, as in the world of backtests. */
const SATURATED = 0.979;

export interface Connected {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
  readonly namespace: string;
}

/** Where the service answers KEDA; the files are PEM. */
export interface KedaServing {
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** Authority of KEDA's certificate. */
  readonly caFile: string;
}

/** A Deployment that becomes a cluster of the service. */
export interface Registered {
  readonly app: string;
  readonly isScaledByKeda: boolean;
}

/** A new folder with a migrated database in it. The caller removes it. */
export function migratedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-hpa-service-'));
  const { status } = spawnSync(process.execPath, ['dist/apps/autoscaler/src/main.js', 'migrate'], {
    env: { PATH: process.env['PATH'] ?? '', AUTOSCALER_DATABASE_DATA_DIR: databaseIn(folder) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0) return folder;
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`autoscaler migrate ended with ${status}`);
}

function databaseIn(folder: string): string {
  return join(folder, 'database');
}

/** The service under a compressed clock, with a database of its own. */
export class Service {
  private process: MeasuredProcess | undefined;
  private port = 0;
  private prometheusPort = 0;
  private token = '';

  /**
   * @param folder of `migratedFolder`
   * @param keda `null`: KEDA is not served
   */
  constructor(
    private readonly folder: string,
    private readonly compression: Compression,
    private readonly kubernetes: Connected,
    private readonly keda: KedaServing | null,
  ) {}

  get pid(): number {
    return this.process!.pid;
  }

  async start(): Promise<void> {
    this.port = await freePort();
    this.prometheusPort = await freePort();
    this.process = await MeasuredProcess.start(
      'autoscaler',
      ['serve'],
      {
        NODE_OPTIONS: `--import ${pathToFileURL(PRELOAD).href}`,
        [CLOCK_VARIABLE]: JSON.stringify(this.compression),
        AUTOSCALER_APP_LOG_LEVEL: 'warn',
        AUTOSCALER_API_PORT: String(this.port),
        AUTOSCALER_API_JWT_SECRET: 'one-secret-for-both-starts-0123456789',
        AUTOSCALER_APP_SECRETS_KEY: 'one-key-for-both-starts-0123456789abcdef',
        AUTOSCALER_PROMETHEUS_PORT: String(this.prometheusPort),
        AUTOSCALER_DATABASE_DATA_DIR: this.dataDir,
        AUTOSCALER_COLLECTOR_ALLOWED_URLS: this.kubernetes.server,
        // The machine is not compressed: the longest time that may be waited for it.
        AUTOSCALER_COLLECTOR_TIMEOUT: '9s',
        AUTOSCALER_SCALER_TIMEOUT: '60s',
        AUTOSCALER_API_WRITE_TIMEOUT: '10m',
        AUTOSCALER_DATABASE_CONNECT_TIMEOUT: '2m',
        // A scored day, and the start.
        AUTOSCALER_API_JWT_EXPIRATION: '3d',
        AUTOSCALER_APP_SHUTDOWN_TIMEOUT: '150s',
        ...(this.keda === null ? {} : kedaSettings(this.keda)),
      },
      `${this.url}/health/live`,
    );
  }

  /** Creates the connection and one paused cluster for each Deployment. @returns their ids */
  async register(workloads: readonly Registered[]): Promise<ReadonlyMap<string, string>> {
    const { server, ca, token: secret, namespace } = this.kubernetes;
    const { token } = await ask<{ token: string }>(this.url, '/auth/register', CREDENTIALS);
    this.token = token;
    const connection = { name: 'bench', type: 'kubernetes', spec: { server, ca }, secrets: { token: secret } };
    await ask(this.url, '/connections', connection, token);
    const ids = new Map<string, string>();
    for (const { app, isScaledByKeda } of workloads) {
      const workload = { type: 'kubernetes', connection: 'bench', namespace, kind: 'Deployment', name: app };
      const { id } = await ask<{ id: string }>(
        this.url,
        '/clusters',
        {
          name: app,
          status: 'paused',
          min_servers: MIN_SERVERS,
          max_servers: MAX_SERVERS,
          policy: {
            slo: { violations: `${100 * PROMISE.violations}%`, max_utilization: `${100 * PROMISE.maxUtilization}%` },
          },
          provider: isScaledByKeda ? { target: { ...workload, type: 'keda' }, metrics: workload } : workload,
        },
        token,
      );
      ids.set(app, id);
    }
    return ids;
  }

  /** Records what the service would have observed before, to be learned at the next start. It must not be running. */
  async remember(clusterId: string, minutes: readonly Minute[]): Promise<void> {
    const { database: config } = configOf({ 'database.data_dir': this.dataDir });
    const database = await openDatabase(config, [ObservationEntity, ClusterModelEntity]);
    try {
      const observations = new ObservationRepository(database.getRepository(ObservationEntity));
      const rows = minutes.map(({ at, active, provisioning, desired, cpu }) => ({
        clusterId,
        observation: uniformObservation({
          at,
          active,
          provisioning,
          cpu: 100 * cpu,
          requestRate: cpu * active,
          demand: cpu * active,
          saturated: cpu >= SATURATED,
        }),
        desired,
        leadTimeMs: PROVISION_SECONDS * 1000,
        providerAnswered: true,
      }));
      for (let from = 0; from < rows.length; from += ROWS_TOGETHER)
        await observations.writeTick(rows.slice(from, from + ROWS_TOGETHER), database.manager);
      // It was stored at the first start, and would be continued without what came before.
      await database.getRepository(ClusterModelEntity).delete({ clusterId });
    } finally {
      await database.destroy();
    }
  }

  /** Lets it act. */
  async activate(ids: Iterable<string>): Promise<void> {
    for (const id of ids) await ask(this.url, `/clusters/${id}`, { status: 'active' }, this.token, 'PUT');
  }

  /** Resolves once the cluster decides with what it remembers. @throws Error if it learned nothing from it */
  async hasLearned(id: string): Promise<void> {
    await eventually(`the past of cluster ${id} is learned`, async () => {
      const path = `/clusters/${id}/service-level`;
      const { model } = await ask<{ model: { state: string } }>(this.url, path, undefined, this.token);
      return model.state === 'trusted' || model.state === 'demoted';
    });
  }

  /** Requests of a cluster that were refused or not answered. */
  async failedActions(id: string): Promise<number> {
    const path = `/clusters/${id}/events?range=2d&limit=1000`;
    const { events } = await ask<{ events: readonly { readonly outcome: string }[] }>(
      this.url,
      path,
      undefined,
      this.token,
    );
    return events.filter(({ outcome }) => outcome === 'failed').length;
  }

  /** The lead time that it plans with, compressed seconds; `null` before one was measured. */
  async leadSeconds(id: string): Promise<number | null> {
    const status = await ask<{ lead_time_ms: number | null }>(
      this.url,
      `/clusters/${id}/status`,
      undefined,
      this.token,
    );
    return status.lead_time_ms === null ? null : status.lead_time_ms / 1000;
  }

  /** What it stated and what KEDA's HPA wanted, in parts of an hour. Times are compressed. */
  async wanted(id: string, from: number, until: number): Promise<readonly Wanted[]> {
    const parts: Wanted[] = [];
    for (let at = from; at < until; at += HOUR_MS) {
      const [start, end] = [at, Math.min(until, at + HOUR_MS)].map((time) => new Date(time).toISOString());
      const path = `/clusters/${id}/timeline?from=${start}&to=${end}&points=2000`;
      parts.push(await ask<Wanted>(this.url, path, undefined, this.token));
    }
    return parts;
  }

  /** Calls of KEDA. */
  async calls(): Promise<Calls> {
    const response = await fetch(`http://127.0.0.1:${this.prometheusPort}/metrics`);
    return callsIn(await response.text());
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    this.process = undefined;
  }

  async kill(): Promise<void> {
    await this.process?.stop('SIGKILL');
  }

  private get dataDir(): string {
    return databaseIn(this.folder);
  }

  private get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
}

function kedaSettings({ port, certFile, keyFile, caFile }: KedaServing): Record<string, string> {
  return {
    AUTOSCALER_KEDA_ENABLED: 'true',
    AUTOSCALER_KEDA_PORT: String(port),
    AUTOSCALER_KEDA_TLS_CERT_FILE: certFile,
    AUTOSCALER_KEDA_TLS_KEY_FILE: keyFile,
    AUTOSCALER_KEDA_CLIENT_CA_FILE: caFile,
  };
}
