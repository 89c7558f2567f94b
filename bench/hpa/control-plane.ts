import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesApi } from '../../libs/providers/src/kubernetes/api-client.js';
import { eventually } from '../../test/support/eventually.js';
import { freePorts } from '../../test/support/programs.js';
import { type ExternalScaler, kedaHpaOf, kedaObjects } from './keda.js';
import { MAX_SERVERS } from './replay.js';

const PORTS = ['ETCD', 'ETCD_PEER', 'API', 'KCM', 'SCHED', 'KWOK', 'KEDA', 'KEDA_ADAPTER'];
const NAMESPACE = 'bench';
const NODES = 4;
const API_SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io';

/** The defaults of the HPA divided by 15: 15 s, 5 minutes, 30 s and 5 minutes. Whole seconds are their limit. */
const HPA_FLAGS = [
  '--horizontal-pod-autoscaler-sync-period=1s',
  '--horizontal-pod-autoscaler-downscale-stabilization=20s',
  '--horizontal-pod-autoscaler-initial-readiness-delay=2s',
  '--horizontal-pod-autoscaler-cpu-initialization-period=20s',
].join(' ');

/** What a Deployment of the run is scaled by. */
export interface Workload {
  readonly app: string;
  readonly replicas: number;
  /** The target of its HPA, percent; `null`: the service scales it, or KEDA by the counts of the service. */
  readonly target: number | null;
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

type Kubernetes = typeof import('../../test/kubernetes/support/control-plane.js');

/** A Kubernetes control plane of its own, with a compressed HPA. */
export class ControlPlane {
  private constructor(
    readonly run: string,
    readonly apiPort: number,
    private readonly kubernetes: Kubernetes,
  ) {}

  readonly namespace = NAMESPACE;

  /** @param count of nodes, with room for 2,000 pods each */
  static async start(count = NODES): Promise<ControlPlane> {
    const run = mkdtempSync(join(tmpdir(), 'bench-hpa-'));
    const ports = await freePorts(PORTS.length);
    const settings = Object.fromEntries(PORTS.map((name, index) => [`${name}_PORT`, String(ports[index])]));
    // Its scripts, and what the tests of it offer, are configured by the environment.
    Object.assign(process.env, settings, { RUN: run, KCM_HPA_FLAGS: HPA_FLAGS, NODE: process.execPath });
    try {
      play('up.sh');
    } catch (error) {
      stop(run);
      throw error;
    }
    const kubernetes = await import('../../test/kubernetes/support/control-plane.js');
    const plane = new ControlPlane(run, Number(settings['API_PORT']), kubernetes);
    kubernetes.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }, ...nodes(count));
    return plane;
  }

  /** The administrator. */
  api(): KubernetesApi {
    // The default is the first control plane of this process.
    return this.kubernetes.adminApi(`https://127.0.0.1:${this.apiPort}`);
  }

  pki(file: string): string {
    return this.kubernetes.pki(file);
  }

  /** Takes pod metrics from an API service on this port of loopback. */
  async serveMetrics(api: KubernetesApi, port: number): Promise<void> {
    const { apply } = this.kubernetes;
    const ca = Buffer.from(this.pki('ca.crt')).toString('base64');
    const metadata = { name: 'metrics-adapter', namespace: 'kube-system' };
    apply(
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ExternalName', externalName: 'localhost' } },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          caBundle: ca,
          service: { ...metadata, port },
        },
      },
    );
    // Not by a kubectl that is waited for: this process answers.
    const right = 'get apiservices';
    await eventually('pod metrics are available', async () => isTrue(api, API_SERVICE, 'Available', right));
  }

  /** Starts KEDA. Where it was not built before, that takes many minutes. */
  startKeda(): void {
    play('keda-up.sh');
  }

  /**
   * Lets KEDA scale Deployments by the counts of clusters, and waits until its HPAs have got one.
   *
   * @param clusters ids by Deployment
   */
  async scaleByKeda(api: KubernetesApi, scaler: ExternalScaler, clusters: ReadonlyMap<string, string>): Promise<void> {
    this.kubernetes.apply(...kedaObjects(NAMESPACE, scaler, clusters));
    const right = 'get horizontalpodautoscalers';
    for (const app of clusters.keys()) {
      const path = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers/${kedaHpaOf(app)}`;
      await eventually(`KEDA scales ${app}`, async () => isTrue(api, path, 'ScalingActive', right));
    }
  }

  /** @param startMs from a pod's creation to Ready */
  deploy(workloads: readonly Workload[], startMs: number): void {
    const { apply, workload } = this.kubernetes;
    const resources = { requests: { cpu: '1' }, limits: { cpu: '1' } };
    apply(
      ...workloads.flatMap(({ app, replicas, target }) => [
        workload(NAMESPACE, app, { replicas, resources, startDelay: `${startMs}ms` }),
        ...(target === null ? [] : [hpa(app, target)]),
      ]),
    );
  }

  /** The token of an account with the rights of the service. */
  token(): string {
    const { apply, kubectl, WATCHING, ACTING } = this.kubernetes;
    const metadata = { name: 'autoscaler', namespace: NAMESPACE };
    apply(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [...WATCHING, ...ACTING] },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'autoscaler' },
        subjects: [{ kind: 'ServiceAccount', name: 'autoscaler', namespace: NAMESPACE }],
      },
    );
    return kubectl(['create', 'token', 'autoscaler', '-n', NAMESPACE, '--duration=24h']).trim();
  }

  stop(): void {
    stop(this.run);
  }
}

/** Runs a script of test/kubernetes. @throws Error if it fails; it has then said why */
function play(script: string): void {
  const { status } = spawnSync('bash', [`test/kubernetes/${script}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`test/kubernetes/${script} failed with exit code ${status}`);
}

/** Whether an object has a condition. */
async function isTrue(api: KubernetesApi, path: string, condition: string, right: string): Promise<boolean> {
  const { status } = await api.get<Conditioned>(path, { right, signal: AbortSignal.timeout(5000) });
  return status?.conditions?.some(({ type, status: is }) => type === condition && is === 'True') ?? false;
}

function stop(run: string): void {
  spawnSync('bash', ['test/kubernetes/down.sh'], { stdio: 'inherit' });
  if (existsSync(run)) rmSync(run, { recursive: true, force: true });
}

/** Nodes with room for all pods of a run. */
function nodes(count: number): readonly object[] & readonly Readonly<Record<string, unknown>>[] {
  const room = { cpu: '2000', memory: '4Ti', pods: '2000' };
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `bench-${index}`,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { type: 'kwok', 'kubernetes.io/hostname': `bench-${index}` },
    },
    status: { allocatable: room, capacity: room },
  }));
}

/** The defaults of the HPA, with its periods of 15 seconds compressed to one. */
function hpa(app: string, target: number): Readonly<Record<string, unknown>> {
  const percent = { type: 'Percent', value: 100, periodSeconds: 1 };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: app, namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app },
      minReplicas: 1,
      maxReplicas: MAX_SERVERS,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [percent, { type: 'Pods', value: 4, periodSeconds: 1 }],
        },
        scaleDown: { selectPolicy: 'Max', policies: [percent] },
      },
    },
  };
}
