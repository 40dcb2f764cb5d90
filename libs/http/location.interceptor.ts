import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import { invariant } from '#libs/kernel';

interface Created { metadata: { self: string }; spec?: { environment?: { id: string } } }

/** Adds Location to the answer of a create: where its object can be read, with the environment where reading asks for one. */
@Injectable()
export class LocationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<Created>): Observable<Created> {
    return next.handle().pipe(map((created) => {
      invariant(created.metadata.self, 'what was created says where it stands');
      const url = new URL(created.metadata.self);
      const environmentId = created.spec?.environment?.id;
      if (environmentId !== undefined) url.searchParams.set('environment', environmentId);
      context.switchToHttp().getResponse<Response>().setHeader('Location', url.toString());
      return created;
    }));
  }
}
