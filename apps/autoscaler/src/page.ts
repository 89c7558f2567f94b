import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import sirv from 'sirv';

/** Where the page lives; everything beneath is its own, so that no address of it is one of the API's. */
const BASE = '/ui';
/** `dist/apps/dashboard`, seen from `dist/apps/autoscaler/src`. */
const FOLDER = fileURLToPath(new URL('../../dashboard', import.meta.url));
const YEAR_SECONDS = 31_536_000;

/** Serves the live page, compressed as it was built. Without a build the API works all the same, and the log says what is missing. */
export function servePage(app: NestExpressApplication): void {
  if (!existsSync(FOLDER)) {
    new Logger('Page').warn('the live page is not built; `npm run build` builds it');
    return;
  }
  const files = sirv(FOLDER, {
    single: true,
    brotli: true,
    gzip: true,
    etag: true,
    maxAge: YEAR_SECONDS,
    immutable: true,
    setHeaders: (response, path) => {
      // Only what has its own hash in its name may be kept without asking.
      if (!path.startsWith('/assets/')) response.setHeader('Cache-Control', 'no-cache');
    },
  });
  app.use(BASE, files);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (request.path === '/' && (request.method === 'GET' || request.method === 'HEAD')) response.redirect(`${BASE}/`);
    else next();
  });
}
