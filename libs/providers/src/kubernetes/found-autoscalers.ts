import type { FoundAutoscaler, FoundCondition } from '../sdk/index.js';
import { wantedBy, type Wanting } from './wanted.js';
import { countOf, groupOf, type Metadata } from './workload-object.js';

/** An autoscaler, and what it scales. */
export interface ListedAutoscaler {
  readonly target: string;
  readonly found: FoundAutoscaler;
  /** The ScaledObject that it was made for. */
  readonly scaledObject: string | null;
}

interface MetricTarget {
  readonly averageUtilization?: number;
  readonly averageValue?: string | number;
  readonly value?: string | number;
}

interface Metric {
  readonly type: string;
  readonly resource?: { readonly name: string; readonly target: MetricTarget };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly target: MetricTarget };
  readonly pods?: { readonly metric: { readonly name: string }; readonly target: MetricTarget };
  readonly object?: {
    readonly describedObject: { readonly kind: string; readonly name: string };
    readonly metric: { readonly name: string };
    readonly target: MetricTarget;
  };
  readonly external?: { readonly metric: { readonly name: string }; readonly target: MetricTarget };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface RawAutoscaler {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly metrics?: readonly Metric[];
  };
  readonly status?: {
    readonly currentReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

interface RawScaledObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
    readonly minReplicaCount?: number;
    readonly maxReplicaCount?: number;
    readonly triggers?: readonly { readonly type: string }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** What KEDA takes for the target and the bounds of a ScaledObject that states none. */
const KEDA = { apiVersion: 'apps/v1', kind: 'Deployment', min: 0, max: 100 };

/** The same text for the same workload. */
export function workloadKey(namespace: string, group: string, kind: string, name: string): string {
  return `${namespace}/${group}/${kind}/${name}`;
}

export function horizontalPodAutoscalerOf(object: unknown): ListedAutoscaler {
  const { metadata, spec = {}, status = {} } = object as RawAutoscaler;
  const { name, namespace = '', ownerReferences = [] } = metadata;
  const { scaleTargetRef: { apiVersion, kind = '', name: target = '' } = {}, metrics = [] } = spec;
  const owner = ownerReferences.find((reference) => reference.kind === 'ScaledObject');
  const isCpu = ({ type, resource }: Metric): boolean =>
    type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
  return {
    target: workloadKey(namespace, groupOf(apiVersion), kind, target),
    scaledObject: owner === undefined ? null : `${namespace}/${owner.name}`,
    found: {
      by: owner === undefined ? `HorizontalPodAutoscaler ${name}` : `ScaledObject ${owner.name}`,
      others: [],
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas ?? 0,
      desired: wantedBy(object as Wanting),
      current: countOf(status.currentReplicas),
      cpuTarget: metrics.find(isCpu)?.resource?.target.averageUtilization ?? null,
      metrics: metrics.filter((metric) => !isCpu(metric)).map(inWords),
      conditions: (status.conditions ?? []).map(conditionOf),
    },
  };
}

/** @param made what is known of the HPA that KEDA made for it */
export function scaledObjectOf(object: unknown, made: FoundAutoscaler | null): ListedAutoscaler {
  const { metadata, spec = {}, status = {} } = object as RawScaledObject;
  const { name, namespace = '' } = metadata;
  const { apiVersion = KEDA.apiVersion, kind = KEDA.kind, name: target = '' } = spec.scaleTargetRef ?? {};
  const cpuTarget = made?.cpuTarget ?? null;
  const others = (spec.triggers ?? []).filter(({ type }) => cpuTarget === null || type !== 'cpu');
  return {
    target: workloadKey(namespace, groupOf(apiVersion), kind, target),
    scaledObject: `${namespace}/${name}`,
    found: {
      by: `ScaledObject ${name}`,
      others: [],
      min: spec.minReplicaCount ?? KEDA.min,
      max: spec.maxReplicaCount ?? KEDA.max,
      desired: made?.desired ?? null,
      current: made?.current ?? null,
      cpuTarget,
      metrics: others.map(({ type }) => `the trigger ${type}`),
      conditions: [...(status.conditions ?? []).map(conditionOf), ...(made?.conditions ?? [])],
    },
  };
}

function conditionOf({ type, status, reason = '', message = '' }: Condition): FoundCondition {
  return { type, isTrue: status === 'True' ? true : status === 'False' ? false : null, reason, message };
}

function inWords({ type, resource, containerResource, pods, object, external }: Metric): string {
  if (resource !== undefined) return `${resource.name} at ${amountOf(resource.target)}`;
  if (containerResource !== undefined) {
    const { name, container, target } = containerResource;
    return `${name} of the container ${container} at ${amountOf(target)}`;
  }
  if (pods !== undefined) return `the pod metric ${pods.metric.name} at ${amountOf(pods.target)}`;
  if (object !== undefined) {
    const { describedObject, metric, target } = object;
    return `the metric ${metric.name} of ${describedObject.kind} ${describedObject.name} at ${amountOf(target)}`;
  }
  if (external !== undefined) return `the external metric ${external.metric.name} at ${amountOf(external.target)}`;
  return `a metric of the type ${type}`;
}

function amountOf({ averageUtilization, averageValue, value }: MetricTarget): string {
  if (averageUtilization !== undefined) return `${averageUtilization} % of the request`;
  return averageValue === undefined ? String(value) : `${averageValue} per pod`;
}
