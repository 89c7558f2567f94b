import { setTimeout } from 'node:timers/promises';
import { Logger, type INestApplication } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type Caller, UsersService, verifyPassword } from '#auth';
import { ClusterRepository, ClustersService, CreateClusterDto } from '#clusters';
import type { AppConfig } from '#config';
import { LiveBus } from '#scaler';
import { DEMO_CLUSTERS, type DemoCluster } from './demo.clusters.js';
import { EventLines } from './event-lines.js';
import { DemoPast } from './past/demo-past.js';
import { SimulatedCloud } from './simulated-cloud.js';

const USERNAME = 'demo';
const PASSWORD = 'Demo-Autoscaler-1';
/** The simulator is asked again this often until it has a cluster, or can be reached. */
const ASK_AGAIN_MS = 500;

/**
 * Sets up the demo: a user, clusters with a simulated past under changing load, and a printed line for each scaling.
 * Continues with what an earlier start created.
 */
export async function startDemo(app: INestApplication, config: AppConfig): Promise<void> {
  const users = app.get(UsersService);
  const user =
    (await users.findByName(USERNAME)) ??
    (await users.create({ username: USERNAME, password: PASSWORD, role: 'operator' }, { ip: 'local' }));
  const { id: userId, username, role, scope } = user;
  const caller: Caller = { id: userId, username, role, scope, ip: 'local' };
  const clusters = new Map<string, DemoCluster>();
  for (const cluster of DEMO_CLUSTERS) clusters.set(await ensure(app, caller, cluster), cluster);
  introduce(config, (await verifyPassword(user.passwordHash, PASSWORD)) ? PASSWORD : 'the password that it was given');
  const events = new EventLines();
  app.get(LiveBus).on('scaling_event', (event) => {
    const cluster = clusters.get(event.cluster_id);
    const line = cluster === undefined ? null : events.lineOf(cluster.definition.name, event);
    if (line !== null) process.stdout.write(`${line}\n`);
  });
  const cloud = new SimulatedCloud(config.collector.simulatorUrl);
  void Promise.all([...clusters].map(async ([id, cluster]) => burden(cloud, id, cluster))).then(() =>
    app.get(DemoPast).begin(caller, [...clusters.keys()]),
  );
}

async function ensure(app: INestApplication, caller: Caller, { definition }: DemoCluster): Promise<string> {
  const existing = (await app.get(ClusterRepository).listActive()).clusters.find(
    ({ ownerId, name }) => ownerId === caller.id && name === definition.name,
  );
  const created =
    existing ?? (await app.get(ClustersService).create(caller, plainToInstance(CreateClusterDto, definition), true));
  return created.id;
}

/**
 * Resolves once the simulator plays the cluster's load, from an earlier start or from now on. The loop creates the
 * cluster there, which may take a tick.
 */
async function burden(cloud: SimulatedCloud, id: string, { pattern }: DemoCluster): Promise<void> {
  const logger = new Logger('Demo');
  for (;;) {
    try {
      const known = await cloud.find(id);
      // A user may have chosen any other pattern; clusters begin with a steady load.
      if (known?.pattern === 'steady') await cloud.setPattern(id, pattern);
      if (known !== null) return;
    } catch (error) {
      logger.warn(`cannot set the load of cluster ${id}: ${(error as Error).message}; trying again`);
    }
    await setTimeout(ASK_AGAIN_MS, undefined, { ref: false });
  }
}

function introduce({ api, prometheus }: AppConfig, password: string): void {
  const url = `http://localhost:${api.port}`;
  process.stdout.write(`
  Autoscaler is running, with three clusters in a simulated cloud where a day takes twenty minutes. Each begins with
  two weeks of a simulated past, which appears within a minute of the first start.

    watch it                    ${url}/
    log in there with           ${USERNAME} / ${password}
    API, to try every route     ${url}/swagger/index.html
    metrics for Prometheus      http://localhost:${prometheus.port}/metrics
    stop with                   Ctrl-C

  Each line below is a cluster being scaled:

`);
}
