import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { kafkaTimeMs } from '#libs/control/application/data-plane';
import { requestContextOf } from '#libs/http';

/** Says how much of an answer's time was the cluster's: `Server-Timing: kafka;dur=12.3`, in milliseconds (W3C Server Timing). */
@Injectable()
export class KafkaTimeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const tell = (): void => {
      const { caller } = requestContextOf(http.getRequest<Request>());
      const spentMs = caller ? kafkaTimeMs(caller) : null;
      if (spentMs !== null) http.getResponse<Response>().setHeader('Server-Timing', `kafka;dur=${spentMs.toFixed(2)}`);
    };
    return next.handle().pipe(tap({ next: tell, error: tell }));
  }
}
