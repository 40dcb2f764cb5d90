import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { unauthenticated } from '#libs/http';
import { ClusterAuthenticationError } from '#libs/kafka/client';
import { KafkaError } from '#libs/kafka/protocol';
import { fromKafkaError } from './error.presenter.js';

/** Turns what a cluster refuses into this dialect's failures. */
@Injectable()
export class KafkaErrorInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => {
      if (error instanceof KafkaError) return throwError(() => fromKafkaError(error));
      // The platform knew the key and the broker doesn't any more: it was revoked in between.
      if (error instanceof ClusterAuthenticationError) return throwError(unauthenticated);
      return throwError(() => error);
    }));
  }
}
