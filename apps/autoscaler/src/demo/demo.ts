import { Logger, type INestApplication } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { request } from 'undici';
import { type Caller, UsersService, verifyPassword } from '#auth';
import { ClusterRepository, ClustersService, CreateClusterDto } from '#clusters';
import type { AppConfig } from '#config';
import { LiveBus } from '#scaler';
import { DEMO_CLUSTERS, type DemoCluster } from './demo.clusters.js';
import { EventLines } from './event-lines.js';

const USERNAME = 'demo';
const PASSWORD = 'Demo-Autoscaler-1';

/**
 * Sets up the demo: a user, clusters under changing load, and a printed line for each scaling. Continues with what an
 * earlier start created.
 */
export async function startDemo(app: INestApplication, config: AppConfig): Promise<void> {
  const users = app.get(UsersService);
  const user =
    (await users.findByName(USERNAME)) ??
    (await users.create({ username: USERNAME, password: PASSWORD, role: 'operator' }, { ip: 'local' }));
  const { id: userId, username, role, scope } = user;
  const caller: Caller = { id: userId, username, role, scope, ip: 'local' };
  const names = new Map<string, string>();
  for (const cluster of DEMO_CLUSTERS) names.set(await ensure(app, caller, cluster), cluster.definition.name);
  introduce(config, (await verifyPassword(user.passwordHash, PASSWORD)) ? PASSWORD : 'the password that it was given');
  const events = new EventLines();
  app.get(LiveBus).on('scaling_event', (event) => {
    const name = names.get(event.cluster_id);
    const line = name === undefined ? null : events.lineOf(name, event);
    if (line !== null) process.stdout.write(`${line}\n`);
  });
  for (const [id, name] of names) {
    const cluster = DEMO_CLUSTERS.find(({ definition }) => definition.name === name);
    if (cluster !== undefined) await burden(config, id, cluster);
  }
}

async function ensure(app: INestApplication, caller: Caller, { definition }: DemoCluster): Promise<string> {
  const existing = (await app.get(ClusterRepository).listActive()).clusters.find(
    ({ ownerId, name }) => ownerId === caller.id && name === definition.name,
  );
  return (existing ?? (await app.get(ClustersService).create(caller, plainToInstance(CreateClusterDto, definition))))
    .id;
}

/** Applies the cluster's load. The loop creates the cluster in the simulator, which may take a tick. */
async function burden(config: AppConfig, id: string, { pattern, spike }: DemoCluster): Promise<void> {
  const url = config.collector.simulatorUrl;
  const logger = new Logger('Demo');
  const retry = setInterval(() => {
    post(`${url}/pattern`, { cluster_id: id, ...pattern }).then(
      (status) => {
        if (status < 300) clearInterval(retry);
        else if (status !== 404) logger.warn(`the simulator rejected a load pattern (HTTP ${status})`);
      },
      (error: Error) => logger.warn(`cannot reach the simulator: ${error.message}`),
    );
  }, 500).unref();
  if (spike === null) return;
  setInterval(() => {
    const body = { cluster_id: id, cpu_target: spike.cpuTarget, duration: spike.duration, ramp_up: spike.rampUp };
    post(`${url}/spike`, body).catch((error: Error) => logger.warn(`cannot reach the simulator: ${error.message}`));
  }, spike.everyMs).unref();
}

async function post(url: string, body: object): Promise<number> {
  const { statusCode, body: answer } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.dump();
  return statusCode;
}

function introduce({ api, prometheus }: AppConfig, password: string): void {
  const url = `http://localhost:${api.port}`;
  process.stdout.write(`
  Autoscaler is running, with three clusters in a simulated cloud where a day takes a minute; for the one with a
  service level, checkout, it takes twenty.

    watch it                    ${url}/
    log in there with           ${USERNAME} / ${password}
    API, to try every route     ${url}/swagger/index.html
    metrics for Prometheus      http://localhost:${prometheus.port}/metrics
    stop with                   Ctrl-C

  Each line below is a cluster being scaled:

`);
}
