import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { KubernetesApi } from '../../../libs/providers/src/kubernetes/api-client.js';
import { eventually } from '../../support/eventually.js';

/** Files of the control plane that the run has started. */
export const pki = (file: string): string => readFileSync(join(process.env['RUN']!, 'pki', file), 'utf8');
export const SERVER = `https://127.0.0.1:${process.env['API_PORT']}`;
const SIGNAL = new AbortController().signal;

export type Json = Readonly<Record<string, unknown>>;

/** The administrator of the cluster. */
export function adminApi(server = SERVER): KubernetesApi {
  const [ca, cert, key] = [pki('ca.crt'), pki('admin.crt'), pki('admin.key')];
  return new KubernetesApi({ server, tls: { ca, cert, key }, token: async () => null });
}

/** What `kubectl` prints. @throws Error with what it complains of */
export function kubectl(args: readonly string[], input = ''): string {
  const [binary, run] = [
    process.env['BIN'] ?? join(process.env['HOME']!, '.cache', 'autoscaler-kubernetes'),
    process.env['RUN']!,
  ];
  const { status, stdout, stderr } = spawnSync(join(binary, 'kubebox'), ['kubectl', ...args], {
    env: { ...process.env, KUBECONFIG: join(run, 'admin.kubeconfig') },
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

export function apply(...objects: readonly Json[]): void {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  kubectl(['apply', '-f', '-'], JSON.stringify(list));
}

export interface WorkloadOptions {
  readonly replicas?: number;
  /** `StatefulSet`, for example. */
  readonly kind?: string;
  /** From being bound to a node to Ready. */
  readonly startDelay?: string;
  readonly stopDelay?: string;
  readonly resources?: Json;
  readonly containers?: readonly Json[];
  readonly spec?: Json;
}

/** A workload of pods that kwok plays. */
export function workload(namespace: string, name: string, options: WorkloadOptions = {}): Json {
  const { replicas = 2, kind = 'Deployment', startDelay = '100ms', stopDelay = '0s', spec = {} } = options;
  const resources = options.resources ?? { requests: { cpu: '100m', memory: '64Mi' } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name },
          annotations: { 'e2e.autoscaler.dev/start-delay': startDelay, 'e2e.autoscaler.dev/stop-delay': stopDelay },
        },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: options.containers ?? [{ name: 'main', image: 'example.invalid/web:1', resources }],
        },
      },
      ...spec,
    },
  };
}

/** An HPA that scales the Deployment of its name by the utilization of its CPU, in percent of the requests. */
export function hpaOf(
  namespace: string,
  name: string,
  { min, max, utilization }: { readonly min: number; readonly max: number; readonly utilization: number },
  spec: Json = {},
): Json {
  const target = { type: 'Utilization', averageUtilization: utilization };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      ...spec,
    },
  };
}

export interface Tenant {
  readonly namespace: string;
  readonly token: string;
}

/** The rules of the role in a file of k8s/. */
export function rulesOf(file: string): readonly Rule[] {
  const objects = parseAllDocuments(readFileSync(join('k8s', file), 'utf8')).map((document) => document.toJS() as Json);
  return objects.find(({ kind }) => kind === 'ClusterRole')!['rules'] as readonly Rule[];
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export const WATCHING = rulesOf('rights/watch.yaml');
export const ACTING = rulesOf('rights/act.yaml');
export const TAKING_OVER = rulesOf('rights/take-over.yaml');

/** A new namespace with a service account in it that has these rights there, and its token. */
export async function tenant(rules: readonly Rule[] = [...WATCHING, ...ACTING]): Promise<Tenant> {
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  const metadata = { name: 'autoscaler', namespace };
  apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'autoscaler' },
      subjects: [{ kind: 'ServiceAccount', name: 'autoscaler', namespace }],
    },
  );
  const token = kubectl(['create', 'token', 'autoscaler', '-n', namespace, '--duration=1h']).trim();
  return { namespace, token };
}

/** Changes what a tenant may do, and waits until the API server goes by it. */
export async function grant(
  { namespace }: Tenant,
  rules: readonly Rule[],
  probe: Json,
  allowed: boolean,
): Promise<void> {
  const metadata = { name: 'autoscaler', namespace };
  apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules });
  const api = adminApi();
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${namespace}:autoscaler`,
      groups: ['system:serviceaccounts', 'system:authenticated'],
      resourceAttributes: { namespace, ...probe },
    },
  };
  try {
    await eventually('the rights are in force', async () => {
      const answer = await api.post<{ status: { allowed: boolean } }>(
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        { body: review, right: 'create subjectaccessreviews', signal: SIGNAL },
      );
      return answer.status.allowed === allowed;
    });
  } finally {
    await api.close();
  }
}

/** Waits until a workload has exactly `count` pods, all ready. */
export async function ready(namespace: string, name: string, count: number): Promise<void> {
  await eventually(`${name} has ${count} ready pods`, () => {
    const { items } = JSON.parse(kubectl(['get', 'pods', '-n', namespace, '-l', `app=${name}`, '-o', 'json'])) as {
      items: { status: { conditions?: { type: string; status: string }[] } }[];
    };
    const isReady = items.map(({ status }) =>
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return items.length === count && isReady.every((one) => one === true);
  });
}

export function replicasOf(namespace: string, name: string, kind = 'deployment'): number {
  return Number(kubectl(['get', kind, name, '-n', namespace, '-o', 'jsonpath={.spec.replicas}']) || '0');
}

/** What metrics.k8s.io says of all pods from now on. */
export async function setMetrics(values: Json): Promise<void> {
  const url = `http://127.0.0.1:${process.env['CONTROL_PORT']}`;
  await fetch(url, { method: 'PUT', body: JSON.stringify(values) });
}
