import { type HandOver, type HandOverStep, isRefusal, ProviderError } from '../../sdk/index.js';
import type { KubernetesApi } from '../api-client.js';
import { isStatus } from '../api-error.js';
import type { ScalableResource } from '../discovery.js';
import type { WorkloadSpec } from '../kubernetes.fields.js';
import { autoscalerOf } from '../other-writers.js';
import { type HeldWorkload, LEASE_MS, leaseName, leaseOf } from './lease.js';
import { changeObject, readObject, restoreObject, type Switchable, switchableOf } from './objects.js';
import { quoted } from './switch.js';
import { SCALED_OBJECT, scales } from './scaled-object.js';
import type { TakeOverLeases } from './take-over-leases.js';

type Api = Pick<KubernetesApi, 'get' | 'put'>;
type Named = { readonly metadata: { readonly name: string } };

const MINUTES = LEASE_MS / 60_000;

/** Takes workloads over from HPAs and ScaledObjects, and gives them back. */
export class HandOvers {
  constructor(
    private readonly api: Api,
    private readonly leases: TakeOverLeases,
  ) {}

  /**
   * @param known what was taken over before
   * @throws ProviderError where a step failed; what was done before it is undone, or named
   */
  async takeOver(
    spec: HeldWorkload,
    resource: ScalableResource,
    known: readonly string[],
    apply: boolean,
    signal: AbortSignal,
  ): Promise<HandOver> {
    const found = await this.find(spec, resource, signal);
    const objects = [...new Set([...known, ...found])];
    if (objects.length === 0) return { objects, steps: [] };
    const all = objects.map(switchableOf);
    const lease = leaseStep(spec, objects);
    if (!apply) {
      const planned = all.map(async (one) => this.planOff(spec, one, signal));
      const note = await this.refusalOf(spec, signal);
      return { objects, steps: [{ ...lease, outcome: 'planned', note }, ...(await Promise.all(planned))] };
    }
    // Before all else: should the service end now, the Lease runs out, and everything is restored.
    const steps: HandOverStep[] = [{ ...lease, outcome: await this.leases.hold(spec, objects, signal) }];
    const done: Switchable[] = [];
    for (const one of all) {
      const step = await this.switchOff(spec, one, signal).catch(async (error: unknown) =>
        this.giveUp(spec, one, error, done, steps[0]?.outcome === 'done'),
      );
      steps.push(step);
      if (step.outcome === 'done') done.push(one);
    }
    return { objects, steps };
  }

  /**
   * @param known what was taken over
   * @throws ProviderError where a step failed, the others were carried out; `conflict` while another cluster holds the workload
   */
  async handBack(spec: HeldWorkload, known: readonly string[], apply: boolean, signal: AbortSignal): Promise<HandOver> {
    const heartbeat = await this.leases.read(spec, signal);
    const objects = [...new Set([...known, ...(heartbeat?.objects ?? [])])];
    const lease = leaseBackStep(spec);
    if (!apply) {
      const planned = await Promise.all(objects.map(async (one) => this.planOn(spec, switchableOf(one), signal)));
      const outcome = heartbeat === null ? 'gone' : 'planned';
      return { objects, steps: [...planned, { ...lease, outcome }] };
    }
    const steps: HandOverStep[] = [];
    const failures: string[] = [];
    let first: unknown;
    for (const one of objects) {
      try {
        steps.push(await this.switchOn(spec, switchableOf(one), signal));
      } catch (error) {
        first ??= error;
        failures.push(`${one}: ${messageOf(error)}`);
      }
    }
    if (failures.length > 0) throw new ProviderError(codeOf(first), `not restored: ${failures.join('; ')}`);
    return { objects, steps: [...steps, { ...lease, outcome: await this.leases.release(spec, signal) }] };
  }

  /** What scales a workload, by kind and name: an HPA, or the ScaledObject that made it. */
  private async find(spec: WorkloadSpec, resource: ScalableResource, signal: AbortSignal): Promise<readonly string[]> {
    const { namespace } = spec;
    const right = `list horizontalpodautoscalers in namespace ${namespace}`;
    const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
    const { items = [] } = await this.api.get<{ readonly items?: readonly Named[] }>(path, { right, signal });
    const found = items.flatMap((item) => {
      const { target, owner } = autoscalerOf(item);
      const isOther = target.name !== spec.name || target.kind !== resource.kind || target.group !== resource.group;
      return isOther ? [] : [this.writerOf({ ...spec, kind: resource.kind }, item.metadata.name, owner, signal)];
    });
    return Promise.all(found);
  }

  /** An HPA may name any object as its owner: one that scales another workload is not switched off for it. */
  private async writerOf(spec: WorkloadSpec, hpa: string, owner: string | null, signal: AbortSignal): Promise<string> {
    const itself = `HorizontalPodAutoscaler ${hpa}`;
    if (owner?.startsWith(`${SCALED_OBJECT.kind} `) !== true) return itself;
    const scaledObject = await this.readIfAllowed(spec.namespace, switchableOf(owner), signal);
    return scaledObject === null || scales(scaledObject, spec) ? owner : itself;
  }

  /** Why a take-over would be refused now; `null`: nothing is known against it. */
  private async refusalOf(spec: HeldWorkload, signal: AbortSignal): Promise<string | null> {
    try {
      await this.leases.read(spec, signal);
      return null;
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'conflict') return `Refused at present: ${error.message}.`;
      if (isStatus(error, 403)) return null;
      throw error;
    }
  }

  private async planOff(spec: WorkloadSpec, one: Switchable, signal: AbortSignal): Promise<HandOverStep> {
    const { namespace } = spec;
    const object = (await this.readIfAllowed(namespace, one, signal)) ?? { metadata: { name: one.name } };
    const changed = one.of.switchedOff(object);
    const step = { object: one.title, action: one.of.off, note: null };
    const command = changed === null ? one.of.onCommand(namespace, object) : one.of.offCommand(namespace, object);
    if (changed === null) return { ...step, command, undo: command, outcome: 'unchanged' };
    return { ...step, command, undo: one.of.onCommand(namespace, changed), outcome: 'planned' };
  }

  private async switchOff(spec: WorkloadSpec, one: Switchable, signal: AbortSignal): Promise<HandOverStep> {
    const { namespace } = spec;
    const edit = (object: Parameters<typeof one.of.switchedOff>[0]) => {
      const changed = one.of.switchedOff(object);
      return changed === null ? null : { object: changed, note: null };
    };
    const { outcome, before, note } = await changeObject(this.api, namespace, one, edit, signal);
    const object = before ?? { metadata: { name: one.name } };
    const after = outcome === 'done' ? one.of.switchedOff(object)! : object;
    return {
      object: one.title,
      action: one.of.off,
      command: one.of.offCommand(namespace, object),
      undo: outcome === 'gone' ? null : one.of.onCommand(namespace, after),
      outcome,
      note,
    };
  }

  private async planOn(spec: WorkloadSpec, one: Switchable, signal: AbortSignal): Promise<HandOverStep> {
    const { namespace } = spec;
    const object = await readObject(this.api, namespace, one, signal);
    const restored = object === null ? null : one.of.restored(object);
    const outcome = object === null ? 'gone' : restored === null ? 'unchanged' : 'planned';
    const command = one.of.onCommand(namespace, object ?? { metadata: { name: one.name } });
    return { object: one.title, action: one.of.on, command, undo: null, outcome, note: restored?.note ?? null };
  }

  private async switchOn(spec: WorkloadSpec, one: Switchable, signal: AbortSignal): Promise<HandOverStep> {
    const { namespace } = spec;
    const { outcome, before, note } = await restoreObject(this.api, namespace, one, signal);
    const command = one.of.onCommand(namespace, before ?? { metadata: { name: one.name } });
    return { object: one.title, action: one.of.on, command, undo: null, outcome, note };
  }

  /** Undoes what was done, and throws what is left. */
  private async giveUp(
    spec: WorkloadSpec,
    failed: Switchable,
    cause: unknown,
    done: readonly Switchable[],
    isNewLease: boolean,
  ): Promise<never> {
    // The time of the request may be over.
    const signal = AbortSignal.timeout(UNDO_MS);
    const left: string[] = [];
    for (const one of done.toReversed()) {
      await restoreObject(this.api, spec.namespace, one, signal).catch((error: unknown) =>
        left.push(`${one.title} (${messageOf(error)})`),
      );
    }
    // A change without a definite answer may have been made: while the Lease exists, it is found and undone.
    if (!(cause instanceof ProviderError && isRefusal(cause))) left.push(`${failed.title} (it is not known)`);
    if (left.length === 0 && isNewLease) await this.leases.release(spec, signal).catch(() => undefined);
    const rest =
      left.length === 0
        ? 'Nothing is switched off by this take-over.'
        : `May still be switched off, until the Lease ends in ${MINUTES} min: ${left.join(', ')}.`;
    throw new ProviderError(codeOf(cause), `${failed.title}: ${messageOf(cause)}. ${rest}`, { cause });
  }

  /** The steps can be said without the right to read what they change. */
  private async readIfAllowed(namespace: string, one: Switchable, signal: AbortSignal) {
    return readObject(this.api, namespace, one, signal).catch((error: unknown) => {
      if (isStatus(error, 403)) return null;
      throw error;
    });
  }
}

/** How long undoing a failed take-over may take. */
const UNDO_MS = 5000;

function leaseStep(spec: HeldWorkload, objects: readonly string[]): Omit<HandOverStep, 'outcome'> {
  const name = leaseName(spec);
  const body = JSON.stringify(leaseOf(spec, objects, Date.now()));
  return {
    object: `Lease ${name}`,
    action: `Holds the workload: each successful tick renews the Lease. After ${MINUTES} min without one, \`autoscaler hand-back --expired\` restores everything.`,
    command: `echo ${quoted(body)} | kubectl create -f -`,
    undo: `kubectl delete lease ${name} -n ${spec.namespace}`,
    note: null,
  };
}

function leaseBackStep(spec: WorkloadSpec): Omit<HandOverStep, 'outcome'> {
  const name = leaseName(spec);
  return {
    object: `Lease ${name}`,
    action: 'Deletes the Lease: the service does not hold the workload any more.',
    command: `kubectl delete lease ${name} -n ${spec.namespace}`,
    undo: null,
    note: null,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): ProviderError['code'] {
  return error instanceof ProviderError ? error.code : 'invalid';
}
