import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { ErrorDto } from '#http';
import { documentSchemas, ProviderRegistry } from '#providers';
import { LiveEventsDto } from '#scaler';
import { withBoundary } from './api-boundary.js';
import { documentRules } from './api-rules.js';

const UI = 'swagger/index.html';

/** The API document, generated from the routes. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const description = [
    'Registers clusters of servers, collects their metrics, decides how many servers they need, scales them, and explains every decision.',
    'Log in with `POST /auth/login` and press Authorize with the token; pages use the cookie that comes with it.',
    'Every error has the shape of `ErrorDto`. Live events come over socket.io at `/socket.io` (docs/live.md); `LiveEventsDto` has what each topic carries.',
  ].join('\n\n');
  const frame = new DocumentBuilder()
    .setTitle('Autoscaler')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth()
    .addCookieAuth('auth_token')
    .build();
  const bodies = documentRules(app);
  const document = SwaggerModule.createDocument(app, frame, { extraModels: [ErrorDto, LiveEventsDto] });
  return inOrder(withBoundary(withProviders(document, app.get(ProviderRegistry)), bodies));
}

/** Adds the schemas that providers declare; request classes reference them. */
function withProviders(document: OpenAPIObject, registry: ProviderRegistry): OpenAPIObject {
  const schemas = { ...document.components?.schemas, ...documentSchemas(registry.all()) };
  return { ...document, components: { ...document.components, schemas } };
}

/** Sorted by path and name, so that moving a controller between modules changes nothing. */
function inOrder(document: OpenAPIObject): OpenAPIObject {
  const { paths, components } = document;
  return {
    ...document,
    paths: sorted(paths),
    components: { ...components, schemas: sorted(components?.schemas ?? {}) },
  };
}

function sorted<T>(named: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Swagger UI at `/swagger/index.html`, the document at `/swagger/doc.json`. */
export function serveApiDocument(app: NestExpressApplication): void {
  app.use('/swagger', (request: Request, response: Response, next: NextFunction) => {
    if (request.path === '/' && request.method === 'GET') response.redirect(`/${UI}`);
    else next();
  });
  SwaggerModule.setup(UI, app, () => apiDocument(app), {
    jsonDocumentUrl: 'swagger/doc.json',
    customSiteTitle: 'Autoscaler API',
    swaggerOptions: {
      // A box that filters by tag, and a token that survives a reload of the page.
      filter: true,
      persistAuthorization: true,
    },
  });
}
