import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Log } from '#libs/kernel';
import { presenterForPath, type ErrorDialect } from './error-dialects.js';
import { toProblem, type ResourcePath } from './problem.mapper.js';
import { requestContextOf } from './request-context.js';

/** The one door through which every error leaves, in the dialect of the request's path. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly dialects: readonly ErrorDialect[], private readonly log: Log, private readonly resourcePath: ResourcePath) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const context = requestContextOf(request);
    const { problem, fault } = toProblem(error, context.requestId, this.resourcePath, { isRead: request.method === 'GET' || request.method === 'HEAD' });
    if (fault !== 'none') {
      this.log.write(fault === 'bug' ? 'error' : 'warn', fault === 'bug' ? 'http.bug' : 'http.unavailable', {
        requestId: context.requestId, method: request.method, path: context.path.slice(0, 512), error: describe(error),
      });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const presented = presenterForPath(this.dialects, context.path)(problem);
    for (const [name, value] of Object.entries(problem.headers)) if (!(name === 'WWW-Authenticate' && isScript(request))) response.setHeader(name, value);
    response.status(presented.status).json(presented.body);
  }
}

/** A page's script asked (Swagger UI does): challenged, the browser would hold the answer back behind a login dialog of its own. */
function isScript(request: Request): boolean {
  return request.headers['sec-fetch-dest'] === 'empty';
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.stack ?? error.message}${cause}`;
}
