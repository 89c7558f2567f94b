import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesApi } from '../../libs/providers/src/kubernetes/api-client.js';
import { readPages } from '../../libs/providers/src/kubernetes/pages.js';
import { ask } from '../ask.js';
import { createClusters } from '../clusters.js';
import { ControlPlane } from '../hpa/control-plane.js';
import { MetricsApi } from '../hpa/metrics-api.js';
import { freePort, MeasuredProcess } from '../loop/process.js';
import { CountingProxy } from './counting-proxy.js';
import { Bench, type Measured } from './measure.js';
import { PrometheusStandIn } from './prometheus.js';

const PODS_OF_NODE = 2000;
/** kwok, the scheduler and the controllers make some hundred pods a second. */
const READY_WITHIN_MS = 3_600_000;
const POLL_MS = 10_000;
/** metrics-server renews its metrics at this interval. */
const RENEWED_MS = 15_000;
const START_MS = 100;
/** Of the one core that each pod requests. */
const CORES = 0.5;
const POLICY = { slo: {}, target_tracking: { metrics: [{ metric: 'cpu', target: 60 }] }, mode: 'recommend' };
const SERVERS = 10;

interface Objects {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
    readonly status?: { readonly readyReplicas?: number };
  }[];
}

/** Workloads on a real control plane, watched by the service. */
export async function kubernetesFleet(
  workloads: number,
  pods: number,
  note: (text: string) => void,
): Promise<Measured> {
  const plane = await ControlPlane.start(Math.ceil((workloads * pods) / PODS_OF_NODE) + 1);
  const closing: (() => unknown)[] = [() => plane.stop()];
  try {
    const admin = plane.api();
    closing.unshift(async () => admin.close());
    const apps = Array.from({ length: workloads }, (_, index) => `bench-${index}`);
    plane.deploy(
      apps.map((app) => ({ app, replicas: pods, target: null })),
      START_MS,
    );
    const list = async (path: string): Promise<Objects> =>
      admin.get<Objects>(path, { right: `list ${path}`, signal: AbortSignal.timeout(60_000) });
    const deployments = `/apis/apps/v1/namespaces/${plane.namespace}/deployments`;
    for (const until = Date.now() + READY_WITHIN_MS; ; await delay(POLL_MS)) {
      const { items } = await list(deployments);
      const ready = items.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0);
      note(`${ready} of ${workloads * pods} pods are ready`);
      if (ready === workloads * pods) break;
      if (Date.now() > until) throw new Error('the pods did not become ready');
    }
    return await measureOn(plane, admin, apps, pods, note);
  } finally {
    for (const close of closing) await close();
  }
}

/** @param apps Deployments whose pods are ready */
async function measureOn(
  plane: ControlPlane,
  admin: KubernetesApi,
  apps: readonly string[],
  pods: number,
  note: (text: string) => void,
): Promise<Measured> {
  const closing: (() => unknown)[] = [];
  try {
    const metrics = await MetricsApi.start(plane.run, plane.namespace);
    closing.unshift(async () => metrics.close());
    const usage = new Map<string, Map<string, number>>(apps.map((app) => [app, new Map()]));
    await readPages(
      admin,
      { path: `/api/v1/namespaces/${plane.namespace}/pods`, right: 'list pods', signal: AbortSignal.timeout(300_000) },
      (pod) => {
        const { name, labels } = (pod as Objects['items'][number]).metadata;
        usage.get(labels?.['app'] ?? '')?.set(name, CORES);
        return true;
      },
    );
    const publish = (): void => metrics.publish({ at: Date.now(), windowMs: RENEWED_MS, usage });
    publish();
    const timer = setInterval(publish, RENEWED_MS);
    closing.unshift(() => clearInterval(timer));
    await plane.serveMetrics(admin, metrics.port);
    const proxy = await CountingProxy.start(plane.run, plane.apiPort);
    closing.unshift(async () => proxy.close());
    const bench = await Bench.start(proxy.url);
    closing.unshift(async () => bench.stop());
    note('creating clusters');
    const { namespace } = plane;
    const connection = {
      name: 'bench',
      type: 'kubernetes',
      spec: { server: proxy.url, ca: plane.pki('ca.crt') },
      secrets: { token: plane.token() },
    };
    await createFleet(bench, connection, apps.length, (number) => ({
      provider: { type: 'kubernetes', connection: 'bench', namespace, kind: 'Deployment', name: apps[number]! },
      bounds: [1, 2 * pods],
    }));
    return await bench.measure(apps.length, proxy.counter);
  } finally {
    for (const close of closing) await close();
  }
}

/** Clusters with two queries each at one Prometheus; their servers are simulated. */
export async function prometheusFleet(clusters: number, note: (text: string) => void): Promise<Measured> {
  const simulatorUrl = `http://127.0.0.1:${await freePort()}`;
  const port = new URL(simulatorUrl).port;
  const simulator = await MeasuredProcess.start('simulator', ['--port', port], {}, `${simulatorUrl}/health`);
  const closing: (() => unknown)[] = [async () => simulator.stop()];
  try {
    const prometheus = await PrometheusStandIn.start();
    closing.unshift(async () => prometheus.close());
    const bench = await Bench.start(prometheus.url, simulatorUrl);
    closing.unshift(async () => bench.stop());
    note('creating clusters');
    const connection = { name: 'bench', type: 'prometheus', spec: { url: prometheus.url } };
    await createFleet(bench, connection, clusters, (number) => ({
      provider: {
        target: { type: 'simulator', simulated: { servers: SERVERS } },
        metrics: {
          type: 'prometheus',
          connection: 'bench',
          preset: 'node-exporter',
          variables: { job: `bench-${number}` },
        },
      },
      bounds: [SERVERS, 2 * SERVERS],
    }));
    return await bench.measure(clusters, prometheus.counter);
  } finally {
    for (const close of closing) await close();
  }
}

interface FleetCluster {
  readonly provider: object;
  readonly bounds: readonly [number, number];
}

async function createFleet(
  { url }: Bench,
  connection: object,
  count: number,
  clusterOf: (number: number) => FleetCluster,
): Promise<void> {
  const definitionOf = (number: number): object => {
    const { provider, bounds } = clusterOf(number);
    return { name: `bench-${number}`, min_servers: bounds[0], max_servers: bounds[1], policy: POLICY, provider };
  };
  await createClusters(url, count, definitionOf, async (token) => ask(url, '/connections', connection, token));
}
