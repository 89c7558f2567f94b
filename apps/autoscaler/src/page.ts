import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import sirv from 'sirv';

/** Base path of the page; no route of the API is below it. */
const BASE = '/ui';
/** `dist/apps/dashboard`, relative to `dist/apps/autoscaler/src`. */
const FOLDER = fileURLToPath(new URL('../../dashboard', import.meta.url));
const YEAR_SECONDS = 31_536_000;

/**
 * Serves the live page with its precompressed files. Without a build only the API works, and the log says what is
 * missing.
 */
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
      // Only files with a hash in their name may be cached without revalidation.
      if (!path.startsWith('/assets/')) response.setHeader('Cache-Control', 'no-cache');
    },
  });
  app.use(BASE, files);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (request.path === '/' && (request.method === 'GET' || request.method === 'HEAD')) response.redirect(`${BASE}/`);
    else next();
  });
}
