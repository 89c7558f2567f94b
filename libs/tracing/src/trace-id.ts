import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** The id of the request or tick under way, which every log line and error carries; `undefined` outside of both. */
export function traceId(): string | undefined {
  return storage.getStore();
}

/** Runs `work` under a trace id. */
export function withTraceId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}
