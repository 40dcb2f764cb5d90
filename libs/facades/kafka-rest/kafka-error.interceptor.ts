import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import type { Request } from 'express';
import { requestContextOf } from '#libs/http';
import { fromClusterError } from './error.presenter.js';

/** Turns what a cluster refuses into this dialect's failures. */
@Injectable()
export class KafkaErrorInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { caller } = requestContextOf(context.switchToHttp().getRequest<Request>());
    return next.handle().pipe(catchError((error: unknown) => throwError(() => fromClusterError(error, caller))));
  }
}
