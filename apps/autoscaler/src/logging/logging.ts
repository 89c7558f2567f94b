import type { Params } from 'nestjs-pino';
import type { AppConfig } from '#config';
import { traceId } from '#http';

const SECRETS = ['authorization', 'cookie', '"set-cookie"', 'password', 'token', 'jwt_secret'];
const PATHS = SECRETS.flatMap((key) =>
  ['', '*', '*.*'].map((at) =>
    at === '' ? (key.startsWith('"') ? `[${key}]` : key) : key.startsWith('"') ? `${at}[${key}]` : `${at}.${key}`,
  ),
);

/** JSON lines in production, readable ones elsewhere; secrets are left out of all of them. */
export function loggingParams({ app }: AppConfig): Params {
  const stdout =
    app.mode === 'production'
      ? { target: 'pino/file', level: app.logLevel, options: { destination: 1 } }
      : { target: 'pino-pretty', level: app.logLevel, options: { singleLine: true } };
  const file = { target: 'pino/file', level: app.logLevel, options: { destination: app.logFile, mkdir: true } };
  return {
    pinoHttp: {
      level: app.logLevel,
      transport: { targets: app.logFile === '' ? [stdout] : [stdout, file] },
      redact: { paths: PATHS, censor: '[redacted]' },
      mixin: () => {
        const id = traceId();
        return id === undefined ? {} : { trace_id: id };
      },
      customLogLevel: (request, response, error) => {
        if (error !== undefined || response.statusCode >= 500) return 'error';
        return request.url?.startsWith('/health') === true ? 'debug' : 'info';
      },
    },
  };
}
