import { isDeepStrictEqual } from 'node:util';
import { annotated, parsed, quoted, type RawObject, type Restored, type Switch } from './switch.js';

/** Keeps `spec.behavior` from before the take-over, as JSON; `null`: there was none. */
const BEFORE = 'autoscaler.dev/behavior-before';
const DIRECTIONS = ['scaleUp', 'scaleDown'] as const;
const DISABLED = 'Disabled';

type Rules = Readonly<Record<string, unknown>>;
type Behavior = Readonly<Record<string, Rules | undefined>>;

/**
 * An HPA whose `selectPolicy` is `Disabled` in both directions leaves the count alone within its `minReplicas` and `maxReplicas`.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#example-disable-scale-down
 */
export const HORIZONTAL_POD_AUTOSCALER: Switch = {
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers.autoscaling',
  path: (namespace, name) => `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/${name}`,
  off: 'Sets selectPolicy of scaleUp and scaleDown to Disabled: the HPA leaves the count alone. Its minReplicas and maxReplicas still apply.',
  on: 'Restores the behavior of the HPA from before the take-over: it scales the workload again.',

  switchedOff(object) {
    const behavior = behaviorOf(object);
    const text = object.metadata.annotations?.[BEFORE];
    if (text !== undefined && DIRECTIONS.every((one) => isDisabled(behavior, one))) return null;
    // Where a part of it is still switched off, what is kept is from before that.
    const isKept = text !== undefined && isOurs(behavior, parsed(text));
    const kept = isKept ? object : annotated(object, { [BEFORE]: JSON.stringify(behavior ?? null) });
    return withBehavior(kept, { ...behavior, ...disabledFrom(behavior) });
  },

  restored(object) {
    const text = object.metadata.annotations?.[BEFORE];
    if (text === undefined) return null;
    const cleared = annotated(object, { [BEFORE]: undefined });
    const now = behaviorOf(object);
    const before = parsed(text);
    if (isOurs(now, before)) return restoredFrom(cleared, now, before);
    const isChanged = !isBehavior(before) || isChangedFrom(before, now);
    const note = isChanged ? 'Its behavior was changed meanwhile; the present one is kept.' : null;
    return { object: cleared, note };
  },

  offCommand(namespace, object) {
    const behavior = behaviorOf(object);
    const patch = {
      metadata: { annotations: { [BEFORE]: JSON.stringify(behavior ?? null) } },
      spec: { behavior: Object.fromEntries(DIRECTIONS.map((one) => [one, { selectPolicy: DISABLED }])) },
    };
    return patchCommand(namespace, object, 'merge', patch);
  },

  onCommand(namespace, object) {
    const before = parsed(object.metadata.annotations?.[BEFORE] ?? 'null');
    const path = '/spec/behavior';
    return patchCommand(namespace, object, 'json', [
      isBehavior(before) ? { op: 'replace', path, value: before } : { op: 'remove', path },
      { op: 'remove', path: `/metadata/annotations/${BEFORE.replace('/', '~1')}` },
    ]);
  },
};

function restoredFrom(cleared: RawObject, now: Behavior | undefined, before: unknown): Restored {
  if (before === null) return { object: withBehavior(cleared, undefined), note: null };
  if (!isBehavior(before)) {
    const note = `Its annotation ${BEFORE} cannot be read: its behavior is removed, so that the defaults apply.`;
    return { object: withBehavior(cleared, undefined), note };
  }
  const note = isChangedFrom(before, now)
    ? 'Its behavior was changed meanwhile; the one from before the take-over replaces it.'
    : null;
  return { object: withBehavior(cleared, before), note };
}

/** Whether a take-over has switched a direction off: one that was off before says nothing. */
function isOurs(now: Behavior | undefined, before: unknown): boolean {
  const known = isBehavior(before) ? before : undefined;
  return DIRECTIONS.some((one) => isDisabled(now, one) && !isDisabled(known, one));
}

function isChangedFrom(before: Behavior, now: Behavior | undefined): boolean {
  return DIRECTIONS.some((one) => !isAsSwitchedOff(before[one], now?.[one]));
}

/** Whether rules are those from before, switched off. The API server fills in what they leave out. */
function isAsSwitchedOff(before: Rules | undefined, now: Rules | undefined): boolean {
  const kept = Object.entries(before ?? {}).filter(([field]) => field !== 'selectPolicy');
  return now?.['selectPolicy'] === DISABLED && kept.every(([field, value]) => isDeepStrictEqual(now[field], value));
}

function behaviorOf({ spec }: RawObject): Behavior | undefined {
  return spec?.['behavior'] as Behavior | undefined;
}

function isBehavior(value: unknown): value is Behavior {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDisabled(behavior: Behavior | undefined, direction: (typeof DIRECTIONS)[number]): boolean {
  return behavior?.[direction]?.['selectPolicy'] === DISABLED;
}

function disabledFrom(behavior: Behavior | undefined): Behavior {
  return Object.fromEntries(DIRECTIONS.map((one) => [one, { ...behavior?.[one], selectPolicy: DISABLED }]));
}

function withBehavior(object: RawObject, behavior: Behavior | undefined): RawObject {
  const { behavior: _replaced, ...spec } = object.spec ?? {};
  return { ...object, spec: behavior === undefined ? spec : { ...spec, behavior } };
}

function patchCommand(namespace: string, { metadata }: RawObject, type: 'json' | 'merge', patch: unknown): string {
  const what = `horizontalpodautoscaler ${metadata.name} -n ${namespace}`;
  return `kubectl patch ${what} --type=${type} -p ${quoted(JSON.stringify(patch))}`;
}
