import { parseQuantity } from './quantity.js';

interface MetricValue {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}

/** One entry of `spec.metrics` or `status.currentMetrics`: its values are below a key that is named like the type. */
type Metric = { readonly type?: string } & {
  readonly [Source in 'resource' | 'containerResource' | 'pods' | 'object' | 'external']?: {
    readonly target?: MetricValue;
    readonly current?: MetricValue;
  };
};

interface Direction {
  readonly selectPolicy?: string;
  readonly tolerance?: string;
}

/** The parts of an HPA that say what it wants. */
export interface Wanting {
  readonly spec?: {
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly metrics?: readonly Metric[];
    readonly behavior?: { readonly scaleUp?: Direction; readonly scaleDown?: Direction };
  };
  readonly status?: {
    readonly desiredReplicas?: number;
    readonly currentReplicas?: number;
    readonly currentMetrics?: readonly Metric[] | null;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** By how much a metric may miss its target where the HPA does not say. */
const USUAL_TOLERANCE = 0.1;

/** Whether both directions are switched off: the HPA leaves the count alone within its bounds. */
export function isIdle({ spec }: Wanting): boolean {
  const { scaleUp, scaleDown } = spec?.behavior ?? {};
  return scaleUp?.selectPolicy === 'Disabled' && scaleDown?.selectPolicy === 'Disabled';
}

/**
 * The count that an HPA wants at this moment: its own desired count. An idle one states the present count there, so it is what its formula
 * gives for the metrics that it read last, without stabilization.
 *
 * @returns `null` while it does not know, as without metrics or with a target that has no replicas
 */
export function wantedBy(hpa: Wanting): number | null {
  const { desiredReplicas, conditions = [] } = hpa.status ?? {};
  const isActive = conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'True');
  if (!isActive) return null;
  return isIdle(hpa) ? byFormula(hpa) : (desiredReplicas ?? null);
}

/** The highest proposal of its metrics, within its bounds. A metric that is unknown allows no removal. */
function byFormula({ spec = {}, status = {} }: Wanting): number | null {
  const { currentReplicas: present = 0, currentMetrics } = status;
  const { metrics = [], behavior = {}, minReplicas = 1, maxReplicas = Number.POSITIVE_INFINITY } = spec;
  const proposals = metrics.map((metric, index) => {
    const ratio = ratioOf(metric, currentMetrics?.[index]);
    if (ratio === null) return null;
    const { tolerance } = (ratio > 1 ? behavior.scaleUp : behavior.scaleDown) ?? {};
    const most = tolerance === undefined ? USUAL_TOLERANCE : parseQuantity(tolerance);
    return Math.abs(ratio - 1) <= most ? present : Math.ceil(ratio * present);
  });
  const known = proposals.filter((count) => count !== null);
  if (known.length === 0) return null;
  const highest = Math.max(...known, known.length < proposals.length ? present : 0);
  return Math.max(minReplicas, Math.min(maxReplicas, highest));
}

/** The present value of a metric by its target; `null`: it is not known. */
function ratioOf({ type = '', ...sources }: Metric, present: Metric | undefined): number | null {
  if (present?.type !== type) return null;
  const source = `${type.charAt(0).toLowerCase()}${type.slice(1)}` as keyof typeof sources;
  const [target, current] = [sources[source]?.target, present[source]?.current];
  for (const unit of ['averageUtilization', 'averageValue', 'value'] as const) {
    const [wanted, found] = [target?.[unit], current?.[unit]];
    if (wanted !== undefined) return found === undefined ? null : parseQuantity(found) / parseQuantity(wanted);
  }
  return null;
}
