import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import { type DestinationStream, multistream, transport } from 'pino';
import type { AppConfig } from '#config';
import { traceId } from '#tracing';
import { openLogFile } from './log-file.js';
import { redact } from './redact.js';

/**
 * JSON lines in production and in the log file, readable ones elsewhere, each with the trace id of its request; no secret in any.
 *
 * @throws OperationalError when the log file cannot be written to
 */
export function loggingParams({ app }: AppConfig): Params {
  return {
    pinoHttp: {
      level: app.logLevel,
      stream: streamOf(app),
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
      customErrorObject: (
        request: IncomingMessage,
        response: ServerResponse,
        _error: Error,
        { err, ...line }: LoggedError,
      ) => (isState(request, response) ? line : { err, ...line }),
      customErrorMessage: (request: IncomingMessage, response: ServerResponse) =>
        isState(request, response) ? 'request completed' : 'request errored',
    },
    // Nest's own lines stand outside of requests and need no request to them.
    assignResponse: false,
  };
}

/** What pino-http writes of a request that failed. */
interface LoggedError {
  readonly err?: unknown;
}

function streamOf({ mode, logLevel: level, logFile }: AppConfig['app']): DestinationStream {
  // On a thread of its own: whoever reads standard output slowly does not slow the loop.
  const stdout = transport(
    mode === 'production'
      ? { target: 'pino/file', options: { destination: 1 } }
      : { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
  ) as DestinationStream;
  if (logFile === '') return stdout;
  return multistream([
    { level, stream: stdout },
    // Signals reach this thread only.
    { level, stream: openLogFile(logFile) },
  ]);
}

/** Requests of orchestrators come every few seconds and say nothing when they succeed. */
function customLogLevel(request: IncomingMessage, response: ServerResponse, error?: Error): 'error' | 'debug' | 'info' {
  if ((error !== undefined || response.statusCode >= 500) && !isState(request, response)) return 'error';
  return isProbe(request) ? 'debug' : 'info';
}

/** Not to be ready is a state that a probe asks for, not an error. */
function isState(request: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return isProbe(request) && statusCode === 503;
}

function isProbe({ url }: IncomingMessage): boolean {
  return url?.startsWith('/health') === true;
}
