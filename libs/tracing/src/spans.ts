import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

// Makes spans that are none until somebody collects them.
const tracer = trace.getTracer('autoscaler');

/** Runs `work` within a span of its own; what it throws marks the span as failed. */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of what is neither one call nor one promise; whoever starts it ends it. */
export function startSpan(name: string): Span {
  return tracer.startSpan(name);
}

function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
