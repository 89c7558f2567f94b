import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import type { AppConfig } from '#config';
import { DrainState } from '#health';
import { drainable } from '#http';
import { startDemo } from '../demo/demo.js';
import { OperationalError } from '../operational.error.js';
import { servePrometheus } from '../prometheus/prometheus.server.js';
import { createService } from '../service.js';
import { startTracing } from '../tracing/tracing.js';
import { loadFile } from './load.js';

/** `autoscaler serve`: resolves once the service answers requests and the loop ticks. */
export async function serve(file: string | undefined, demo: boolean): Promise<void> {
  const { config } = loadFile(file);
  if (demo && config.app.mode === 'production') {
    throw new OperationalError('--demo is for development: it creates a user with a publicly known password');
  }
  const endTracing = startTracing(config);
  const app = await createService(config);
  let scrapes: Server | undefined;
  try {
    if (config.prometheus.enabled) scrapes = await servePrometheus(config.prometheus.host, config.prometheus.port);
    await listen(app, config);
  } catch (error) {
    scrapes?.close();
    await app.close();
    throw error;
  }
  stopOnSignal(app, config, scrapes, endTracing);
  const { port } = app.getHttpServer().address() as AddressInfo;
  app.get(Logger).log(`listening on http://${config.api.host}:${port}`, 'Autoscaler');
  if (demo) await startDemo(app, config);
}

async function listen(app: NestExpressApplication, { api }: AppConfig): Promise<void> {
  try {
    await app.listen(api.port, api.host);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new OperationalError(
      code === 'EADDRINUSE'
        ? `port ${api.port} on ${api.host} is taken; stop what listens there, or set api.port`
        : `cannot listen on ${api.host}:${api.port} (api.host, api.port): ${message}`,
      { cause: error },
    );
  }
}

/** Shutdown order: not ready, no more ticks, pending requests, the rest; cut off after `app.shutdown_timeout`. */
function stopOnSignal(
  app: NestExpressApplication,
  config: AppConfig,
  scrapes: Server | undefined,
  endTracing: () => Promise<void>,
): void {
  const drain = drainable(app.getHttpServer());
  const stop = (): void => {
    app.get(DrainState).begin();
    drain();
    const deadline = setTimeout(() => {
      app.get(Logger).error(`not everything ended within ${config.app.shutdownTimeout} ms`, 'Autoscaler');
      process.exit(1);
    }, config.app.shutdownTimeout);
    scrapes?.close();
    scrapes?.closeAllConnections();
    app
      .close()
      .then(endTracing)
      .catch((error: unknown) => {
        app.get(Logger).error(`stopping failed: ${(error as Error).message}`, 'Autoscaler');
        process.exitCode = 1;
      })
      .finally(() => clearTimeout(deadline));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
