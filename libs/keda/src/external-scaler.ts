import { Injectable } from '@nestjs/common';
import { DesiredCounts } from './desired-counts.js';
import type {
  GetMetricSpecResponse,
  GetMetricsRequest,
  GetMetricsResponse,
  IsActiveResponse,
  ScaledObjectRef,
} from './external-scaler.definition.js';
import { ScalerError } from './scaler.error.js';

const METRIC = 'servers';

/**
 * KEDA's external scaler: the metric is the desired count, and its target is 1 for each replica. The HPA that KEDA makes then wants
 * `ceil(count / 1)` replicas, exactly where its `behavior.*.tolerance` is 0.
 */
@Injectable()
export class ExternalScaler {
  constructor(private readonly counts: DesiredCounts) {}

  /** Whether the workload needs any replica; KEDA scales to 0 and from 0 by it. */
  async isActive(ref: ScaledObjectRef): Promise<IsActiveResponse> {
    return { result: (await this.counts.of(ref)) > 0 };
  }

  /** @throws ScalerError where there is no cluster that the ScaledObject may follow */
  async check(ref: ScaledObjectRef): Promise<void> {
    await this.counts.clusterOf(ref);
  }

  /** Never fails for a cluster that exists: without a specification KEDA freezes the workload, and its fallback never applies. */
  async getMetricSpec(ref: ScaledObjectRef): Promise<GetMetricSpecResponse> {
    await this.check(ref);
    return { metricSpecs: [{ metricName: METRIC, targetSize: 1, targetSizeFloat: 1 }] };
  }

  async getMetrics({ scaledObjectRef: ref, metricName }: GetMetricsRequest): Promise<GetMetricsResponse> {
    if (ref === null) throw new ScalerError('INVALID_ARGUMENT', 'the request names no ScaledObject');
    const count = await this.counts.of(ref);
    return { metricValues: [{ metricName, metricValue: count, metricValueFloat: count }] };
  }
}
