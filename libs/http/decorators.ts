import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { invariant } from '#libs/kernel';
import type { Caller } from '#libs/control/application';
import { requestContextOf } from './request-context.js';
import { unauthenticated } from './problem.js';

function requestOf(context: ExecutionContext): Request {
  return context.switchToHttp().getRequest<Request>();
}

/** Who is asking: set by the authentication that every route but the public ones passes. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = requestContextOf(requestOf(context));
  if (!caller) throw unauthenticated();
  return caller;
});

/** `https://host:port` as this client reached us, without a slash at the end: the beginning of every absolute link. */
export const BaseUrl = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { baseUrl } = requestContextOf(requestOf(context));
  invariant(!baseUrl.endsWith('/'), 'a base URL has no slash at its end');
  return baseUrl;
});
