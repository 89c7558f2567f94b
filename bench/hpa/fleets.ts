import { KubernetesApi } from '../../libs/providers/src/kubernetes/api-client.js';
import { type Pod, podOf } from '../../libs/providers/src/kubernetes/pod.js';
import { WatchedList } from '../../libs/providers/src/kubernetes/watched-list.js';

/** A pod of a Deployment, as a watch has shown it. */
interface SeenPod {
  readonly name: string;
  readonly app: string;
  readonly state: Pod['state'];
  /** When it was first seen ready, real time. */
  readonly readyAt: number | null;
}

/** What is known of a Deployment at the moment. */
export interface Fleet {
  readonly active: number;
  readonly provisioning: number;
  /** The count that its policy has set; `null` before it was seen. */
  readonly desired: number | null;
}

/** The Deployments of a namespace and their pods, followed by two watches. */
export class Fleets {
  private readonly pods: WatchedList<Pod>;
  private readonly deployments: WatchedList<number>;
  private readonly seen = new Map<string, SeenPod>();
  private readonly desired = new Map<string, number>();

  constructor(api: KubernetesApi, namespace: string) {
    this.pods = new WatchedList(api, {
      path: `/api/v1/namespaces/${namespace}/pods`,
      what: 'pods',
      keep: podOf,
      changed: (name, pod) => this.changed(name, pod),
    });
    this.deployments = new WatchedList(api, {
      path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
      what: 'deployments',
      keep: (object) => (object as { readonly spec: { readonly replicas: number } }).spec.replicas,
      changed: (name, replicas) => {
        if (replicas !== null) this.desired.set(name, replicas);
      },
    });
  }

  of(app: string): Fleet {
    let [active, provisioning] = [0, 0];
    for (const pod of this.seen.values()) {
      if (pod.app !== app) continue;
      if (pod.state === 'ACTIVE') active += 1;
      else if (pod.state === 'PROVISIONING') provisioning += 1;
    }
    return { active, provisioning, desired: this.desired.get(app) ?? null };
  }

  /** The pods that have taken load since before a real time. */
  readySince(app: string, since: number): readonly string[] {
    return [...this.seen.values()]
      .filter((pod) => pod.app === app && pod.state === 'ACTIVE' && pod.readyAt !== null && pod.readyAt <= since)
      .map(({ name }) => name);
  }

  close(): void {
    this.pods.close();
    this.deployments.close();
  }

  private changed(name: string, pod: Pod | null): void {
    if (pod === null) {
      this.seen.delete(name);
      return;
    }
    const readyAt = this.seen.get(name)?.readyAt ?? (pod.state === 'ACTIVE' ? Date.now() : null);
    this.seen.set(name, { name, app: pod.labels['app'] ?? '', state: pod.state, readyAt });
  }
}
