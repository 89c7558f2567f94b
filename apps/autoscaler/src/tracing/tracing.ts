import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { type AppConfig, VERSION } from '#config';

/**
 * Sends spans of requests and ticks to an OpenTelemetry collector. Off unless `tracing.endpoint` is set; spans are then
 * no-ops.
 *
 * @returns function to call at shutdown, which sends pending spans
 */
export function startTracing({ tracing }: AppConfig): () => Promise<void> {
  if (tracing.endpoint === '') return () => Promise.resolve();
  // The sampled flag of a client is ignored: otherwise any client could have all its requests recorded.
  const sampler = new TraceIdRatioBasedSampler(tracing.sample);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'autoscaler', [ATTR_SERVICE_VERSION]: VERSION }),
    sampler: new ParentBasedSampler({ root: sampler, remoteParentSampled: sampler, remoteParentNotSampled: sampler }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: tracing.endpoint }),
        scheduledDelayMillis: 2000,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return async () => provider.shutdown();
}
