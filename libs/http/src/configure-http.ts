import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import type { AppConfig } from '#config';
import { compressAnswers } from './compression.js';
import { ForbiddenError, UnavailableError } from './app-error.js';
import { sendError } from './error.filter.js';
import { type OriginCheck, originCheck } from './origins.js';
import { traceRequests } from './trace-requests.js';

const KEEP_PREFLIGHT_SECONDS = 600;
/** A request that takes too long to arrive is ended with at most this delay. */
const LATE_BY_MS = 1000;

/** The middleware of every request, in this order. The app is created with `bodyParser: false`: `BodyInterceptor` reads bodies. */
export function configureHttp(app: NestExpressApplication, config: AppConfig): void {
  const { api } = config;
  app.set('trust proxy', api.trustedProxies.length === 0 ? false : [...api.trustedProxies]);
  app.set('etag', false);
  app.disable('x-powered-by');
  app.use(traceRequests);
  app.use(answerWithin(api.writeTimeout));
  app.use(compressAnswers());
  app.use(securityHeaders());
  app.use(refuseForeignOrigins(originCheck(api.cors.allowedOrigins, api.trustedProxies)));
  app.enableCors({
    origin: api.cors.allowedOrigins.includes('*') ? true : [...api.cors.allowedOrigins],
    credentials: true,
    exposedHeaders: ['X-Request-Id', 'X-Trace-ID', 'Retry-After'],
    maxAge: KEEP_PREFLIGHT_SECONDS,
  });

  const server = app.getHttpServer();
  server.requestTimeout = api.readTimeout;
  server.headersTimeout = api.readTimeout;
  server.keepAliveTimeout = api.idleTimeout;
  // How often Node checks for slow requests: every 30 s, unless set before the server listens.
  Object.assign(server, { connectionsCheckingInterval: Math.min(LATE_BY_MS, api.readTimeout) });
}

function securityHeaders() {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: [`'self'`],
        scriptSrc: [`'self'`],
        // Swagger UI and chart libraries need inline styles, but no inline scripts.
        styleSrc: [`'self'`, `'unsafe-inline'`],
        imgSrc: [`'self'`, 'data:'],
        fontSrc: [`'self'`, 'data:'],
        connectSrc: [`'self'`],
        objectSrc: [`'none'`],
        baseUri: [`'self'`],
        formAction: [`'self'`],
        frameAncestors: [`'none'`],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
    xXssProtection: false,
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    // The guide promises the header with the filter on; helmet can only switch it off.
    response.setHeader('X-XSS-Protection', '1; mode=block');
    headers(request, response, next);
  };
}

function refuseForeignOrigins(isAllowed: OriginCheck) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isAllowed(request)) next();
    else sendError(response, new ForbiddenError('cors_blocked', 'CORS policy blocked'));
  };
}

function answerWithin(ms: number) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const timer = setTimeout(() => {
      sendError(
        response,
        new UnavailableError('timeout', `the request took longer than ${ms} ms; try again, or ask for less`),
      );
    }, ms);
    response.once('close', () => clearTimeout(timer));
    next();
  };
}
