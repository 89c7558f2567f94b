import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const GROUP = 'metrics.k8s.io';
const VERSION = { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' };
const RESOURCES = [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }];
const LIST = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/;

/** What one scrape found. */
export interface Scrape {
  /** End of its window, real time. */
  readonly at: number;
  readonly windowMs: number;
  /** Cores by pod, by Deployment. */
  readonly usage: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** An aggregated API service for metrics.k8s.io, which answers what the newest scrape has found, as metrics-server does. */
export class MetricsApi {
  private scrape: Scrape = { at: 0, windowMs: 1000, usage: new Map() };
  /** Real times of the lists by Deployment, as an HPA reads them; those of the whole namespace, as the service does, under ''. */
  readonly lists = new Map<string, number[]>();

  private constructor(
    private readonly server: Server,
    private readonly namespace: string,
  ) {}

  static async start(run: string, namespace: string): Promise<MetricsApi> {
    const file = (name: string): Buffer => readFileSync(join(run, 'pki', name));
    const server = createServer({ cert: file('metrics.crt'), key: file('metrics.key') });
    const api = new MetricsApi(server, namespace);
    server.on('request', ({ url = '/' }, response) => {
      const body = api.answer(new URL(url, 'https://here'));
      const missing = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? missing));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  publish(scrape: Scrape): void {
    this.scrape = scrape;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ pathname, searchParams }: URL): object | undefined {
    const namespace = LIST.exec(pathname)?.[1];
    if (namespace !== undefined) {
      const app = /^app=([^,]+)$/.exec(searchParams.get('labelSelector') ?? '')?.[1] ?? null;
      if (namespace === this.namespace) this.note(app ?? '');
      return this.listOf(namespace, app);
    }
    if (pathname === `/apis/${GROUP}/v1beta1`)
      return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: VERSION.groupVersion, resources: RESOURCES };
    if (pathname === `/apis/${GROUP}`)
      return { kind: 'APIGroup', apiVersion: 'v1', name: GROUP, versions: [VERSION], preferredVersion: VERSION };
    return undefined;
  }

  private note(app: string): void {
    const times = this.lists.get(app);
    if (times === undefined) this.lists.set(app, [Date.now()]);
    else times.push(Date.now());
  }

  private listOf(namespace: string, app: string | null): object {
    const { at, windowMs, usage } = this.scrape;
    const pods = namespace !== this.namespace ? [] : app === null ? [...usage.values()] : [usage.get(app) ?? new Map()];
    // Its last moment: pods that become ready with its end took no load in it.
    const timestamp = new Date(at - 1).toISOString();
    const items = pods.flatMap((byPod: ReadonlyMap<string, number>) =>
      [...byPod].map(([name, cores]) => ({
        metadata: { name, namespace },
        timestamp,
        window: `${windowMs}ms`,
        containers: [{ name: 'main', usage: { cpu: `${Math.round(cores * 1e9)}n`, memory: '1Mi' } }],
      })),
    );
    return { kind: 'PodMetricsList', apiVersion: VERSION.groupVersion, metadata: {}, items };
  }
}
