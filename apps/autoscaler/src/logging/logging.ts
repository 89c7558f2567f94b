import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { TransportTargetOptions } from 'pino';
import type { AppConfig } from '#config';
import { traceId } from '#http';
import { redact } from './redact.js';

/** JSON lines in production, readable ones elsewhere, each with the trace id of its request; no secret in any. */
export function loggingParams({ app }: AppConfig): Params {
  return {
    pinoHttp: {
      level: app.logLevel,
      transport: { targets: targetsOf(app) },
      formatters: { log: redact },
      mixin: () => {
        const id = traceId();
        return id === undefined ? {} : { trace_id: id };
      },
      // Headers and query strings are where secrets travel; neither is logged.
      serializers: {
        req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?', 1)[0] }),
        res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
      },
      customLogLevel,
    },
    // Nest's own lines stand outside of requests and need no request to them.
    assignResponse: false,
  };
}

function targetsOf({ mode, logLevel: level, logFile }: AppConfig['app']): TransportTargetOptions[] {
  const stdout: TransportTargetOptions =
    mode === 'production'
      ? { target: 'pino/file', level, options: { destination: 1 } }
      : { target: 'pino-pretty', level, options: { singleLine: true, ignore: 'pid,hostname' } };
  if (logFile === '') return [stdout];
  return [stdout, { target: 'pino/file', level, options: { destination: logFile, mkdir: true } }];
}

/** Requests of orchestrators come every few seconds and say nothing when they succeed. */
function customLogLevel(request: IncomingMessage, response: ServerResponse, error?: Error): 'error' | 'debug' | 'info' {
  if (error !== undefined || response.statusCode >= 500) return 'error';
  return request.url?.startsWith('/health') === true ? 'debug' : 'info';
}
