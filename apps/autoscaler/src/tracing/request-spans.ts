import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
} from '@opentelemetry/semantic-conventions';
import type { NextFunction, Request, Response } from 'express';

const tracer = trace.getTracer('autoscaler');

/**
 * Middleware: a span for each request, within the caller's trace if a `traceparent` names one. It contains neither path
 * nor query.
 */
export function spanOfRequest(request: Request, response: Response, next: NextFunction): void {
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  const attributes = { [ATTR_HTTP_REQUEST_METHOD]: request.method };
  const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, attributes }, parent);
  response.once('close', () => {
    // The route template: paths contain ids.
    const { path } = (request.route ?? {}) as { path?: unknown };
    if (typeof path === 'string') span.updateName(`${request.method} ${path}`).setAttribute(ATTR_HTTP_ROUTE, path);
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, response.statusCode);
    // The same id as in the log lines and the error of this request.
    span.setAttribute('autoscaler.trace_id', String(response.getHeader('x-request-id') ?? ''));
    if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(parent, span), next);
}
