import { ProviderError } from '../../sdk/index.js';
import type { WorkloadSpec } from '../kubernetes.fields.js';
import { annotated, parsed, quoted, type RawObject, type Switch } from './switch.js';

const PAUSED = 'autoscaling.keda.sh/paused';
const PAUSED_REPLICAS = 'autoscaling.keda.sh/paused-replicas';
/** Keeps the value of `PAUSED` from before the take-over, as JSON; `null`: there was none. */
const BEFORE = 'autoscaler.dev/paused-before';

/**
 * KEDA deletes the HPA of a paused ScaledObject, and makes it again afterwards. With `paused-replicas` it sets that count itself.
 * https://keda.sh/docs/latest/concepts/scaling-deployments/#pause-autoscaling
 */
export const SCALED_OBJECT: Switch = {
  kind: 'ScaledObject',
  resource: 'scaledobjects.keda.sh',
  path: (namespace, name) => `/apis/keda.sh/v1alpha1/namespaces/${namespace}/scaledobjects/${name}`,
  off: 'Pauses the ScaledObject: KEDA deletes its HPA, and leaves the count alone.',
  on: 'Restores the pause annotation of the ScaledObject from before the take-over: KEDA makes its HPA again.',

  switchedOff(object) {
    const { name, annotations = {} } = object.metadata;
    const count = annotations[PAUSED_REPLICAS];
    if (count !== undefined)
      throw new ProviderError(
        'conflict',
        `ScaledObject ${name} has the annotation ${PAUSED_REPLICAS}: KEDA keeps the count at ${count}; remove it first`,
      );
    const paused = annotations[PAUSED];
    if (annotations[BEFORE] !== undefined && paused === 'true') return null;
    return annotated(object, { [PAUSED]: 'true', [BEFORE]: JSON.stringify(paused ?? null) });
  },

  restored(object) {
    const { annotations = {} } = object.metadata;
    const text = annotations[BEFORE];
    if (text === undefined) return null;
    if (annotations[PAUSED] !== 'true')
      return {
        object: annotated(object, { [BEFORE]: undefined }),
        note: 'Its pause was changed meanwhile; the present one is kept.',
      };
    return { object: annotated(object, { [BEFORE]: undefined, [PAUSED]: pausedBefore(text) }), note: null };
  },

  offCommand(namespace, { metadata: { name, annotations = {} } }) {
    const before = quoted(`${BEFORE}=${JSON.stringify(annotations[PAUSED] ?? null)}`);
    return `kubectl annotate scaledobject ${name} -n ${namespace} --overwrite ${PAUSED}=true ${before}`;
  },

  onCommand(namespace, { metadata: { name, annotations = {} } }) {
    const before = pausedBefore(annotations[BEFORE] ?? 'null');
    const paused = before === undefined ? `${PAUSED}-` : quoted(`${PAUSED}=${before}`);
    return `kubectl annotate scaledobject ${name} -n ${namespace} --overwrite ${paused} ${BEFORE}-`;
  },
};

function pausedBefore(text: string): string | undefined {
  const before = parsed(text);
  return typeof before === 'string' ? before : undefined;
}

/** Whether a ScaledObject scales a workload. https://keda.sh/docs/latest/reference/scaledobject-spec/#scaletargetref */
export function scales({ spec }: RawObject, { kind, name }: Pick<WorkloadSpec, 'kind' | 'name'>): boolean {
  const target = spec?.['scaleTargetRef'] as { readonly kind?: string; readonly name?: string } | undefined;
  return target?.name === name && (target.kind ?? 'Deployment') === kind;
}
