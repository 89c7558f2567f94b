import type { ApiRequest, KubernetesApi, WatchEvent } from '../src/kubernetes/api-client.js';
import { failureOf } from '../src/kubernetes/api-error.js';
import { KubernetesSession } from '../src/kubernetes/kubernetes.session.js';
import { ProviderError } from '../src/sdk/index.js';

const SCALABLE = (kind: string, plural: string) => ({
  resource: plural,
  scope: 'Namespaced',
  responseKind: { kind },
  subresources: [{ subresource: 'scale' }],
});

/** What the session asks of an API server, without one. Watches stay silent. */
export class KubernetesStub implements Pick<KubernetesApi, 'get' | 'put' | 'post' | 'watch' | 'close'> {
  readonly clockAheadMs = 0;
  readonly puts: string[] = [];
  /** By path. What is not there is 404, `'forbidden'` is 403; `'hang'` is answered when the caller gives up. */
  readonly answers = new Map<string, unknown>([
    ['/api/v1', { resources: [] }],
    [
      '/apis',
      {
        kind: 'APIGroupDiscoveryList',
        items: [
          {
            metadata: { name: 'apps' },
            versions: [
              {
                version: 'v1',
                resources: [SCALABLE('Deployment', 'deployments'), SCALABLE('StatefulSet', 'statefulsets')],
              },
            ],
          },
          {
            metadata: { name: 'example.test' },
            versions: [
              { version: 'v1', resources: [SCALABLE('Deployment', 'deployments'), SCALABLE('Fleet', 'fleets')] },
            ],
          },
        ],
      },
    ],
  ]);

  session(self = 'none-of-these'): KubernetesSession {
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const context = { clock: { now: () => Date.now() }, logger };
    return new KubernetesSession(this as unknown as KubernetesApi, context, self);
  }

  /** A workload with ready pods. */
  workload(namespace: string, plural: string, name: string, pods: readonly string[], replicas = pods.length): void {
    this.scale(`/apis/apps/v1/namespaces/${namespace}/${plural}/${name}/scale`, replicas, name);
    const items = pods.map((pod) => ({
      metadata: { name: pod, labels: { app: name } },
      spec: { containers: [{ name: 'main', resources: { requests: { cpu: '100m' } } }] },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    }));
    this.list(`/api/v1/namespaces/${namespace}/pods`, items);
    this.list(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`, []);
    this.list(
      `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
      pods.map((pod) => ({
        metadata: { name: pod },
        timestamp: new Date().toISOString(),
        containers: [{ name: 'main', usage: { cpu: '50m' } }],
      })),
    );
  }

  scale(path: string, replicas: number, app: string, resourceVersion = '1'): void {
    this.answers.set(path, {
      metadata: { uid: path, resourceVersion },
      spec: { replicas },
      status: { selector: `app=${app}` },
    });
  }

  list(path: string, items: readonly unknown[]): void {
    this.answers.set(path, { metadata: { resourceVersion: '1' }, items });
  }

  async get<T>(path: string, { signal, right }: ApiRequest): Promise<T> {
    const answer = this.answers.get(path);
    if (answer === undefined) throw failureOf(404, '{}', right);
    if (answer === 'forbidden') throw failureOf(403, JSON.stringify({ message: 'bot cannot list it' }), right);
    if (answer === 'hang') {
      await ended(signal);
      throw new ProviderError('unreachable', 'no answer in time');
    }
    return answer as T;
  }

  async put<T>(path: string, { body }: ApiRequest): Promise<T> {
    this.puts.push(path);
    const { spec } = body as { readonly spec: object };
    const answer = { ...(this.answers.get(path) as object), spec };
    this.answers.set(path, answer);
    return answer as T;
  }

  async post<T>(): Promise<T> {
    return {} as T;
  }

  async *watch(_path: string, { signal }: ApiRequest, opened: () => void): AsyncGenerator<WatchEvent> {
    opened();
    await ended(signal);
    yield* [];
  }

  async close(): Promise<void> {}
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
