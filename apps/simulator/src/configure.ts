import type { NestExpressApplication } from '@nestjs/platform-express';
import { BodyInterceptor, ErrorFilter, traceRequests, validationPipe } from '#http';
import { FaultGate } from './faults/fault-gate.js';

/** Longer than a usual polling interval, so that pollers keep their connections. */
const KEEP_ALIVE_MS = 75_000;
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** HTTP settings other than routes. */
export function configure(app: NestExpressApplication): void {
  app.disable('etag').disable('x-powered-by');
  app.use(traceRequests);
  app.use(app.get(FaultGate).handle);
  app.useGlobalInterceptors(new BodyInterceptor(BODY_LIMIT_BYTES));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ErrorFilter());
  app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
}
