import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { HttpFailure } from '#libs/http';
import { KafkaError } from '#libs/kafka/protocol';

/** What a cluster refuses, on routes of ours that ask one: what it may answer later is 503, else the request is at fault. */
@Injectable()
export class ClusterErrorInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => (error instanceof KafkaError
      ? new HttpFailure(error.retriable ? 503 : 400, 'cluster_refused', [{ detail: `The cluster answered ${error.codeName}: ${error.message}` }], error.retriable ? { 'Retry-After': '1' } : {}) : error))));
  }
}
