import { hostname } from 'node:os';
import { ProviderError, type ProviderLogger } from '../sdk/index.js';
import type { KubernetesApi } from './api-client.js';
import type { WorkloadSpec } from './kubernetes.fields.js';
import type { Scale } from './scales.js';
import { cut } from '../http/cut.js';

/** One event for each workload in this time; the next one includes the changes in between. */
const LEAST_APART_MS = 60_000;
/** Characters; the API server refuses longer notes. */
const LONGEST_NOTE = 1000;
const TIMEOUT_MS = 5000;

interface LastEvent {
  readonly at: number;
  /** The count that it reported. */
  readonly count: number;
}

/** Reports changes as events of the workload, which `kubectl describe` shows. A failed write stops no change. */
export class WorkloadEvents {
  private readonly lastEvents = new Map<string, LastEvent>();
  /** A missing right is logged once. */
  private isWarned = false;

  constructor(
    private readonly api: KubernetesApi,
    private readonly logger: Pick<ProviderLogger, 'warn'>,
  ) {}

  /** Returns at once. */
  scaled(spec: WorkloadSpec, before: Scale, after: Scale, reason: string | undefined): void {
    const now = Date.now();
    const last = this.lastEvents.get(after.uid);
    if (last !== undefined && now - last.at < LEAST_APART_MS) return;
    this.lastEvents.set(after.uid, { at: now, count: after.replicas });
    const from = last?.count ?? before.replicas;
    void this.write(spec, after, `Scaled ${from} → ${after.replicas}${reason === undefined ? '' : `: ${reason}`}`, now);
  }

  private async write(spec: WorkloadSpec, { resource, uid }: Scale, note: string, now: number): Promise<void> {
    const { namespace, name } = spec;
    const { group, version, kind } = resource;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { generateName: `${name}.autoscaler-`, namespace },
      // Microseconds are part of the format.
      eventTime: new Date(now).toISOString().replace('Z', '000Z'),
      regarding: { apiVersion: group === '' ? version : `${group}/${version}`, kind, namespace, name, uid },
      reportingController: 'autoscaler',
      reportingInstance: hostname(),
      type: 'Normal',
      action: 'Scale',
      reason: 'Scaled',
      note: cut(note, LONGEST_NOTE),
    };
    const right = `create events.events.k8s.io in namespace ${namespace}`;
    try {
      const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
      await this.api.post(path, { body, right, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      if (this.isWarned) return;
      this.isWarned = error instanceof ProviderError && error.code === 'unauthorized';
      this.logger.warn(`cannot write an event of ${spec.kind} ${name}: ${(error as Error).message}`);
    }
  }
}
