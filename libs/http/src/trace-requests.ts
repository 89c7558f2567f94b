import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { withTraceId } from '#tracing';

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
/** W3C Trace Context, version 00: the second field is the trace id. */
const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Gives each request an id: the caller's `X-Request-Id`, `X-Trace-ID` or `traceparent` if it is well-formed, else a new one. The answer
 * carries it under both names. Uses only the parts of a response that socket.io's responses have, too.
 */
export function traceRequests(
  { headers }: Pick<IncomingMessage, 'headers'>,
  response: { setHeader(name: string, value: string): unknown },
  next: () => void,
): void {
  const given = [headers['x-request-id'], headers['x-trace-id']].find(isRequestId);
  const parent = headers['traceparent'];
  const id = given ?? (typeof parent === 'string' ? TRACEPARENT.exec(parent)?.[1] : undefined) ?? randomUUID();
  response.setHeader('X-Request-Id', id);
  response.setHeader('X-Trace-ID', id);
  withTraceId(id, next);
}

function isRequestId(value: string | string[] | undefined): value is string {
  return typeof value === 'string' && REQUEST_ID.test(value);
}
