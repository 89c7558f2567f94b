import type { NestExpressApplication } from '@nestjs/platform-express';
import { FaultGate } from './faults/fault-gate.js';
import { ApiErrorFilter, requestValidation } from './http/errors.js';

/** Longer than the usual interval between two polls, so that pollers keep their connections. */
const KEEP_ALIVE_MS = 75_000;
const BODY_LIMIT = '10mb';

/** Everything about HTTP that is not a route. */
export function configure(app: NestExpressApplication): void {
  const gate = app.get(FaultGate);
  app.disable('etag').disable('x-powered-by');
  app.useBodyParser('json', { limit: BODY_LIMIT });
  app.use(gate.handle);
  app.useGlobalPipes(requestValidation());
  app.useGlobalFilters(new ApiErrorFilter());
  const server = app.getHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
}
