import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { INestApplication, LoggerService, Type, DynamicModule } from '@nestjs/common';
import express, { type Express, type RequestHandler } from 'express';
import type { Log } from '#libs/kernel';
import type { AuthenticationService } from '#libs/control/application';
import { authentication, type PublicPaths } from './authentication.js';
import type { ErrorDialect } from './error-dialects.js';
import { ErrorFilter } from './error.filter.js';
import { HardenedExpressAdapter, type ServerTls } from './http-adapter.js';
import { HTTP_LIMITS, type HttpLimits } from './http.limits.js';
import { isWithinJsonDepth } from './json-depth.js';
import {
  accessLog, addressLimit, bodyGate, hasBody, keyLimit, noStore, refuseNul, requestIdentity, securityHeaders, stripApiPrefix, type AnsweredRequest,
} from './middleware.js';
import type { ResourcePath } from './problem.mapper.js';
import { createRequestWindow } from './request-window.js';
import { RequestPipe } from './request.pipe.js';

export interface HttpApplicationOptions {
  module: Type<unknown> | DynamicModule;
  authenticator: AuthenticationService;
  /** Error shapes by path; the control plane's is the default. */
  dialects: readonly ErrorDialect[];
  publicPaths: PublicPaths;
  resourcePath: ResourcePath;
  log: Log;
  tls: ServerTls | null;
  /** Scheme and authority clients use; null derives them from each request. */
  publicUrl: string | null;
  /** X-Forwarded-* of these proxies is believed. */
  behindProxy: boolean;
  limits?: Partial<HttpLimits>;
  nowMs?: () => number;
  onAnswered?: (answered: AnsweredRequest) => void;
}

/** A Nest application with everything that all façades share; routes come from the module. Not listening yet. */
export async function createHttpApplication(options: HttpApplicationOptions): Promise<INestApplication> {
  const limits: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const nowMs = options.nowMs ?? Date.now;
  const adapter = new HardenedExpressAdapter(limits, options.tls);
  const server = adapter.getInstance<Express>();
  server.disable('x-powered-by');
  server.disable('etag');
  server.set('query parser', 'simple');
  server.set('trust proxy', options.behindProxy ? ['loopback', 'linklocal', 'uniquelocal'] : false);

  const failedLogins = createRequestWindow(limits.failedLoginsPerAddress, nowMs);
  const fallbackAuthority = (): string => {
    const address = adapter.getHttpServer().address() as AddressInfo | null;
    return `localhost:${address?.port ?? 0}`;
  };
  const chain: RequestHandler[] = [
    requestIdentity({ publicUrl: options.publicUrl, fallbackAuthority, nowMs }),
    accessLog({ log: options.log, nowMs, onAnswered: options.onAnswered ?? (() => undefined) }),
    securityHeaders({ tls: options.tls !== null }),
    noStore,
    stripApiPrefix,
    refuseNul,
    addressLimit(failedLogins, options.publicPaths),
    authentication({ authenticator: options.authenticator, publicPaths: options.publicPaths, failedLogins }),
    keyLimit(createRequestWindow(limits.requestsPerKey, nowMs)),
    bodyGate(limits),
    jsonBody(limits),
  ];
  for (const each of chain) server.use(each);

  const application = await NestFactory.create(options.module, adapter, { bodyParser: false, logger: nestLogger(options.log), abortOnError: false });
  application.useGlobalFilters(new ErrorFilter(options.dialects, options.log, options.resourcePath));
  application.useGlobalPipes(new RequestPipe());
  return application;
}

function jsonBody(limits: HttpLimits): RequestHandler {
  const parse = express.json({
    limit: limits.bodyBytesMax,
    inflate: false,
    type: (request: IncomingMessage) => hasBody(request),
    verify: (_request, _response, body) => {
      if (!isWithinJsonDepth(body, limits.jsonDepthMax)) throw new Error('nested too deeply');
    },
  });
  // A GET with a body is served as if it had none: some clients send one.
  return (request, response, next) => (request.method === 'GET' || request.method === 'HEAD' ? next() : parse(request, response, next));
}

/** Nest's own lines join ours; its start-up chatter is left out. */
function nestLogger(log: Log): LoggerService {
  return {
    log: () => undefined,
    warn: (message: unknown) => log.write('warn', 'nest', { message: String(message) }),
    error: (message: unknown) => log.write('error', 'nest', { message: String(message) }),
    fatal: (message: unknown) => log.write('error', 'nest', { message: String(message) }),
  };
}
