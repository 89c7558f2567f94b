import { ProviderError } from '../../sdk/index.js';
import type { KubernetesApi } from '../api-client.js';
import { isStatus } from '../api-error.js';
import { HORIZONTAL_POD_AUTOSCALER } from './horizontal-pod-autoscaler.js';
import { SCALED_OBJECT } from './scaled-object.js';
import type { RawObject, Switch } from './switch.js';

const SWITCHES: readonly Switch[] = [HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT];
/** Attempts at a change: controllers write the status of these objects, too. */
const TRIES = 5;

/** An object of Kubernetes that can be switched off and on. */
export interface Switchable {
  /** Kind and name. */
  readonly title: string;
  readonly name: string;
  readonly of: Switch;
}

/** @throws ProviderError `invalid` if the kind is unknown */
export function switchableOf(title: string): Switchable {
  const [kind = '', name = ''] = title.split(' ');
  const found = SWITCHES.find((one) => one.kind === kind);
  if (found === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(name))
    throw new ProviderError('invalid', `"${title}" is nothing that this service takes over`);
  return { title, name, of: found };
}

/** Reads an object; `null` if it does not exist. @throws ProviderError */
export async function readObject(
  api: Pick<KubernetesApi, 'get'>,
  namespace: string,
  { name, of }: Switchable,
  signal: AbortSignal,
): Promise<RawObject | null> {
  const right = `get ${of.resource} in namespace ${namespace}`;
  return api.get<RawObject>(of.path(namespace, name), { right, signal }).catch((error: unknown) => {
    if (isStatus(error, 404)) return null;
    throw error;
  });
}

/** What became of a change, and the object from before it. */
export interface Changed {
  readonly outcome: 'done' | 'unchanged' | 'gone';
  readonly before: RawObject | null;
  readonly note: string | null;
}

/**
 * Changes an object, with the version that was just read.
 *
 * @param edit returns `null` if nothing is to be changed
 * @throws ProviderError
 */
export async function changeObject(
  api: Pick<KubernetesApi, 'get' | 'put'>,
  namespace: string,
  one: Switchable,
  edit: (object: RawObject) => { readonly object: RawObject; readonly note: string | null } | null,
  signal: AbortSignal,
): Promise<Changed> {
  const right = `update ${one.of.resource} in namespace ${namespace}`;
  for (let tries = 1; ; tries += 1) {
    const before = await readObject(api, namespace, one, signal);
    if (before === null) return { outcome: 'gone', before, note: 'It does not exist any more.' };
    const edited = edit(before);
    if (edited === null) return { outcome: 'unchanged', before, note: null };
    try {
      await api.put(one.of.path(namespace, one.name), { body: edited.object, right, signal });
      return { outcome: 'done', before, note: edited.note };
    } catch (error) {
      if (isStatus(error, 404)) return { outcome: 'gone', before, note: 'It does not exist any more.' };
      if (!isStatus(error, 409) || tries === TRIES) throw error;
    }
  }
}

/** Restores an object that a take-over has switched off. Idempotent. @throws ProviderError */
export async function restoreObject(
  api: Pick<KubernetesApi, 'get' | 'put'>,
  namespace: string,
  one: Switchable,
  signal: AbortSignal,
): Promise<Changed> {
  const changed = await changeObject(api, namespace, one, (object) => one.of.restored(object), signal);
  if (changed.outcome !== 'unchanged') return changed;
  return { ...changed, note: 'Nothing of the take-over is left in it: it was restored or replaced before.' };
}
