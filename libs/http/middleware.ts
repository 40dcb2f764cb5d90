/**
 * What happens to a request before Nest's routes, in this order: id → log → headers → `/api` → address limit → credential → key limit →
 * body. The credential stands before the body: nobody makes us read or parse a megabyte without a key.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Log } from '#libs/kernel';
import { isPublic, type PublicPaths } from './authentication.js';
import type { HttpLimits } from './http.limits.js';
import { HttpFailure } from './problem.js';
import { requestContextOf, setRequestContext } from './request-context.js';
import type { RequestWindow, WindowState } from './request-window.js';

const saneRequestId = /^[A-Za-z0-9._:-]{1,128}$/;
/** A host name, IPv4 or bracketed IPv6 address, with or without a port. Anything else in Host is not echoed into links. */
const saneAuthority = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/;

export function requestIdentity(options: { publicUrl: string | null; fallbackAuthority: () => string; nowMs: () => number }): RequestHandler {
  return (request, response, next) => {
    const sent = request.get('x-request-id');
    const requestId = sent && saneRequestId.test(sent) ? sent : randomUUID();
    // `host` honours X-Forwarded-Host only where the application trusts its proxy.
    const authority = request.host && saneAuthority.test(request.host) ? request.host : options.fallbackAuthority();
    setRequestContext(request, {
      requestId,
      startedMs: options.nowMs(),
      path: request.path,
      baseUrl: options.publicUrl ?? `${request.protocol}://${authority}`,
      caller: null,
    });
    response.setHeader('X-Request-Id', requestId);
    next();
  };
}

export interface AnsweredRequest { method: string; /** As a controller names it; null: no route took the request. */ route: string | null; status: number; durationMs: number }

/** One JSON line for each answer. Never the query, the body or a header: they may hold what is nobody's business. */
export function accessLog(options: { log: Log; nowMs: () => number; onAnswered: (answered: AnsweredRequest) => void }): RequestHandler {
  return (request, response, next) => {
    response.once('close', () => {
      const context = requestContextOf(request);
      const durationMs = options.nowMs() - context.startedMs;
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      options.onAnswered({ method: request.method, route: typeof route === 'string' ? route : null, status: response.statusCode, durationMs });
      options.log.write('info', 'http.request', {
        requestId: context.requestId,
        method: request.method,
        path: context.path.slice(0, 512),
        status: response.statusCode,
        durationMs: Math.round(durationMs),
        keyId: context.caller?.keyId ?? null,
        remoteAddress: request.ip ?? null,
        ...(response.writableFinished ? {} : { aborted: true }),
      });
    });
    next();
  };
}

/** A policy that lets Swagger UI work from our own files and nothing else load at all. No CORS header is ever sent. */
export function securityHeaders(options: { tls: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'", "'unsafe-inline'"], imgSrc: ["'self'", 'data:'], fontSrc: ["'self'"],
        connectSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: options.tls ? { maxAge: 31_536_000 } : false,
    crossOriginEmbedderPolicy: false,
  });
}

/** Answers hold secrets and state: no cache may keep them. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** The whole API stands under `/api` too; routes know nothing of it. */
export const stripApiPrefix: RequestHandler = (request, _response, next) => {
  const rest = /^\/api(?=[/?]|$)/i.exec(request.url) ? request.url.slice('/api'.length) : null;
  if (rest !== null) {
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
    requestContextOf(request).path = request.path;
  }
  next();
};

/** No name of ours holds a NUL and the database can't take one: refused for every route at once. */
export const refuseNul: RequestHandler = (request, _response, next) => {
  if (/%00/.test(request.url)) return next(new HttpFailure(400, 'invalid_path', [{ detail: 'The URL holds a NUL character.' }]));
  next();
};

/** Refuses an address whose credentials were refused too often, before the next one is looked at. What needs no credential isn't concerned: a probe may share the address. */
export function addressLimit(failedLogins: RequestWindow, publicPaths: PublicPaths): RequestHandler {
  return (request, _response, next) => {
    if (isPublic(publicPaths, requestContextOf(request).path)) return next();
    const state = failedLogins.peek(request.ip ?? '');
    if (state.allowed) return next();
    next(tooManyRequests('Too many refused credentials from this address.', state));
  };
}

export function keyLimit(requests: RequestWindow): RequestHandler {
  return (request, response, next) => {
    const { caller } = requestContextOf(request);
    if (!caller) return next();
    const state = requests.take(caller.keyId);
    for (const [name, value] of Object.entries(rateLimitHeaders(state))) response.setHeader(name, value);
    if (state.allowed) return next();
    next(tooManyRequests('Too many requests with this API key.', state));
  };
}

function rateLimitHeaders(state: WindowState): Record<string, string> {
  return { 'X-RateLimit-Limit': String(state.limit), 'X-RateLimit-Remaining': String(state.remaining), 'X-RateLimit-Reset': String(state.resetSeconds) };
}

function tooManyRequests(detail: string, state: WindowState): HttpFailure {
  return new HttpFailure(429, 'too_many_requests', [{ detail: `${detail} Try again in ${state.resetSeconds} s.` }],
    { ...rateLimitHeaders(state), 'Retry-After': String(state.resetSeconds) });
}

/** True when the request announces a body; one of length 0 is none. */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Refuses what is not JSON in UTF-8, and an announced size beyond the limit, without reading it. */
export function bodyGate(limits: Pick<HttpLimits, 'bodyBytesMax'>): RequestHandler {
  return (request, _response, next) => {
    if (!hasBody(request) || request.method === 'GET' || request.method === 'HEAD') return next();
    const contentType = request.headers['content-type'] ?? '';
    const [mediaType, ...parameters] = contentType.toLowerCase().split(';').map((each) => each.trim());
    const charset = parameters.find((each) => each.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '');
    if (!/^application\/([a-z0-9.-]+\+)?json$/.test(mediaType) || (charset !== undefined && charset !== 'utf-8')) {
      return next(new HttpFailure(415, 'unsupported_media_type', [{ detail: 'The body must be JSON in UTF-8: send the header `Content-Type: application/json`.' }]));
    }
    if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytesMax) return next(bodyTooLarge(limits.bodyBytesMax));
    next();
  };
}

export function bodyTooLarge(bodyBytesMax: number): HttpFailure {
  return new HttpFailure(413, 'payload_too_large', [{ detail: `The body is larger than the limit of ${bodyBytesMax} bytes.` }], { Connection: 'close' });
}
