import type { KubernetesApi } from './api-client.js';
import { type Pod, podOf } from './pod.js';
import { parseSelector } from './selector.js';
import { WatchedList } from './watched-list.js';

/** The pods of one selector, kept up to date. */
interface Selection {
  readonly holds: (labels: Pod['labels']) => boolean;
  readonly pods: Map<string, Pod>;
  /** Deleted in an orderly way since they were last taken: between two ticks a pod may drain and be gone. */
  readonly gone: Map<string, Pod>;
  /** Pods that stopped taking load lately, oldest first. */
  left: readonly Left[];
  usedAt: number;
}

interface Left {
  /** Milliseconds since the epoch, by our clock. */
  readonly at: number;
  readonly pod: Pod;
}

/** A selection that was not read for this time is dropped. */
const IDLE_MS = 3_600_000;
/** No sample that is used is older. */
const LEFT_KEPT_MS = 600_000;

/** The pods of one namespace: one watch, shared by all workloads in it. */
export class NamespacePods {
  private readonly list: WatchedList<Pod>;
  private readonly selections = new Map<string, Selection>();
  private isListed = false;

  /** @param replaced called when all pods were listed again: changes since the last list may have been missed */
  constructor(api: KubernetesApi, namespace: string, replaced: () => void) {
    this.list = new WatchedList(api, {
      path: `/api/v1/namespaces/${namespace}/pods`,
      what: `pods in namespace ${namespace}`,
      keep: podOf,
      changed: (name, pod) => this.changed(name, pod),
      replaced: () => {
        if (this.isListed) replaced();
        this.isListed = true;
      },
    });
  }

  /**
   * In the order of their names.
   *
   * @throws ProviderError while the pods are not being followed
   */
  async of(selector: string, signal: AbortSignal): Promise<readonly Pod[]> {
    const all = await this.list.items(signal);
    let selection = this.selections.get(selector);
    if (selection === undefined) {
      const holds = parseSelector(selector);
      const pods = new Map([...all].filter(([, { labels }]) => holds(labels)));
      selection = { holds, pods, gone: new Map(), left: [], usedAt: Date.now() };
      this.dropIdle();
      this.selections.set(selector, selection);
    }
    selection.usedAt = Date.now();
    return [...selection.pods.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Draining pods that were deleted since the last call, each returned once: left out, they would look lost. */
  takeGone(selector: string): readonly Pod[] {
    const { pods, gone } = this.selections.get(selector) ?? {
      pods: new Map<string, Pod>(),
      gone: new Map<string, Pod>(),
    };
    const taken = [...gone.values()].filter(({ name }) => !pods.has(name));
    gone.clear();
    return taken;
  }

  /**
   * How many pods took load at a time within the last minutes: those that were ready by then, and have not left before.
   *
   * @param at milliseconds since the epoch, by our clock
   * @param aheadMs how far the clock of the cluster is ahead of ours
   */
  activeAt(selector: string, at: number, aheadMs: number): number {
    const { pods, left } = this.selections.get(selector) ?? { pods: new Map<string, Pod>(), left: [] };
    const wasReady = ({ readyAt }: Pod): boolean => readyAt === null || readyAt - aheadMs <= at;
    const present = [...pods.values()].filter((pod) => pod.state === 'ACTIVE' && wasReady(pod));
    return present.length + left.filter((one) => one.at > at && wasReady(one.pod)).length;
  }

  close(): void {
    this.list.close();
  }

  private changed(name: string, pod: Pod | null): void {
    for (const selection of this.selections.values()) {
      const { holds, pods, gone } = selection;
      const before = pods.get(name);
      if (pod !== null && holds(pod.labels)) pods.set(name, pod);
      else if (pods.delete(name) && before?.state === 'DRAINING') gone.set(name, before);
      if (before?.state === 'ACTIVE' && pods.get(name)?.state !== 'ACTIVE') leave(selection, before);
    }
  }

  private dropIdle(): void {
    const since = Date.now() - IDLE_MS;
    for (const [selector, { usedAt }] of this.selections) if (usedAt < since) this.selections.delete(selector);
  }
}

function leave(selection: Selection, pod: Pod): void {
  const at = Date.now();
  selection.left = [...selection.left.filter((one) => one.at > at - LEFT_KEPT_MS), { at, pod }];
}
