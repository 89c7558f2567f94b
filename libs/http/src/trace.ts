import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const storage = new AsyncLocalStorage<string>();

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
/** W3C Trace Context, version 00: the second field is the trace id. */
const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The id of the request or tick under way, which every log line and error carries; `undefined` outside of both. */
export function traceId(): string | undefined {
  return storage.getStore();
}

/** Runs `work` under a trace id. */
export function withTraceId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** Gives each request an id: the caller's `X-Request-Id` or `traceparent` where it is well-formed, else a new one. */
export function traceRequests(request: Request, response: Response, next: NextFunction): void {
  const given = request.header('x-request-id');
  const parent = TRACEPARENT.exec(request.header('traceparent') ?? '')?.[1];
  const id = given !== undefined && REQUEST_ID.test(given) ? given : (parent ?? randomUUID());
  response.setHeader('X-Request-Id', id);
  storage.run(id, next);
}
