import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

// Creates no-op spans until a collector is configured.
const tracer = trace.getTracer('autoscaler');

/** Runs `work` within a span; an exception marks the span as failed. */
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

/** A span for work that is not a single call or promise; the caller must end it. */
export function startSpan(name: string): Span {
  return tracer.startSpan(name);
}

function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
