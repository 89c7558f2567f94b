import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import type { AppConfig } from '#config';
import { configureHttp } from '#http';
import { LiveIoAdapter } from '#live';
import { createApplication } from './application.js';
import { servePage } from './page.js';
import { ServiceMetrics } from './prometheus/service-metrics.js';
import { serveApiDocument } from './swagger.js';
import { spanOfRequest } from './tracing/request-spans.js';

/** The service with all middleware of requests; the caller makes it listen. */
export async function createService(config: AppConfig): Promise<NestExpressApplication> {
  const app = await createApplication(config, { bufferLogs: true, bodyParser: false });
  app.useLogger(app.get(Logger));
  app.use(spanOfRequest);
  app.use(app.get(ServiceMetrics).timeRequest);
  configureHttp(app, config);
  app.useWebSocketAdapter(app.get(LiveIoAdapter));
  serveApiDocument(app);
  servePage(app);
  return app;
}
