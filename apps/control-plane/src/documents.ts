import type { INestApplication } from '@nestjs/common';
import type { RequestHandler } from 'express';
import type { OpenApiDocuments } from '#libs/http';

/** `/openapi.json` (the whole), `/openapi/<group>.json` (the parts) and Swagger UI over them at `/docs`. All of it is loaded on first use. */
export function mountDocuments(application: INestApplication, documents: OpenApiDocuments): void {
  application.use('/openapi.json', whenRead(async (request, response, next) => {
    if (request.path !== '/') return next();
    response.json(await documents.whole());
  }));
  application.use('/openapi', whenRead(async (request, response, next) => {
    const name = /^\/([a-z0-9-]{1,64})\.json$/.exec(request.path)?.[1];
    const document = name === undefined ? null : await documents.group(name);
    if (!document) return next();
    response.json(document);
  }));
  let swaggerUi: Promise<RequestHandler> | null = null;
  application.use('/docs', whenRead(async (request, response, next) => {
    // Swagger UI's own answers to what it has no file for are not in our dialect.
    if (!pageOrFile.test(request.path)) return next();
    await (await (swaggerUi ??= loadSwaggerUi(documents)))(request, response, next);
  }));
}

const pageOrFile = /^\/(?!package\.json)[A-Za-z0-9._-]*$/;

function whenRead(handler: (...parameters: Parameters<RequestHandler>) => Promise<void>): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    handler(request, response, next).catch(next);
  };
}

/** Links are relative to the page, so that it works under `/api/docs` and behind a proxy's prefix too. */
async function loadSwaggerUi(documents: OpenApiDocuments): Promise<RequestHandler> {
  const { default: swaggerUi } = await import('swagger-ui-express');
  const urls = [
    { url: '../openapi.json', name: 'Everything' },
    ...documents.groups.map((group) => ({ url: `../openapi/${group.name}.json`, name: group.title })),
  ];
  const options = {
    explorer: true,
    customSiteTitle: 'Sluice API',
    customCss: '.swagger-ui .topbar-wrapper img { display: none }',
    swaggerOptions: { urls, tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list', filter: true, defaultModelsExpandDepth: 0 },
  };
  return inOrder([...swaggerUi.serveFiles(undefined, options), swaggerUi.setup(undefined, options)]);
}

function inOrder(handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    const step = (index: number): void => {
      if (index === handlers.length) return next();
      void handlers[index](request, response, (error?: unknown) => (error ? next(error) : step(index + 1)));
    };
    step(0);
  };
}
