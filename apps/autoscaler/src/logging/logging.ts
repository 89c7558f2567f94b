import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import { type DestinationStream, multistream, transport } from 'pino';
import type { AppConfig } from '#config';
import { traceId } from '#tracing';
import { openLogFile } from './log-file.js';
import { redact } from './redact.js';
import { Repeats } from './repeats.js';

/**
 * JSON lines in production and in the log file, readable ones elsewhere, each with its trace id and without secrets.
 *
 * @throws OperationalError if the log file cannot be written
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
      // Headers and query strings may contain secrets and are not logged.
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
      ) => (isState(request, response) || isMadeUp(err) ? line : { err, ...line }),
      customErrorMessage: (request: IncomingMessage, response: ServerResponse) =>
        isState(request, response) ? 'request completed' : 'request errored',
    },
    // Nest's own lines are logged outside of requests.
    assignResponse: false,
  };
}

/** The error fields that pino-http logs for a failed request. */
interface LoggedError {
  readonly err?: { readonly message?: string };
}

/** pino-http makes an error of the status, whose stack trace leads nowhere. */
function isMadeUp(error: LoggedError['err']): boolean {
  return error?.message?.startsWith('failed with status code') === true;
}

function streamOf({ mode, logLevel: level, logFile }: AppConfig['app']): DestinationStream {
  // In a worker thread: a slow reader of standard output must not slow down the loop.
  const stdout: DestinationStream =
    mode === 'production'
      ? transport({ target: 'pino/file', options: { destination: 1 } })
      : Repeats.every(transport({ target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } }));
  if (logFile === '') return stdout;
  return multistream([
    { level, stream: stdout },
    // Signals reach only this thread.
    { level, stream: openLogFile(logFile) },
  ]);
}

/** Successful health probes come every few seconds and are logged at debug level. */
function customLogLevel(request: IncomingMessage, response: ServerResponse, error?: Error): 'error' | 'debug' | 'info' {
  if ((error !== undefined || response.statusCode >= 500) && !isState(request, response)) return 'error';
  return isProbe(request) ? 'debug' : 'info';
}

/** Not being ready is a state that probes ask for, not an error. */
function isState(request: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return isProbe(request) && statusCode === 503;
}

function isProbe({ url }: IncomingMessage): boolean {
  return url?.startsWith('/health') === true;
}
