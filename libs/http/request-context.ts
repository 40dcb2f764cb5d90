import type { IncomingMessage } from 'node:http';
import { invariant } from '#libs/kernel';
import type { Caller } from '#libs/control/application';

/** What the platform knows of a request beside what the client sent. Kept apart from Express's object: nothing a client sends can set it. */
export interface RequestContext {
  readonly requestId: string;
  readonly startedMs: number;
  /** Path without query and without the `/api` prefix: what routes, dialects and logs go by. */
  path: string;
  /** Scheme and authority under which the client reached us, for absolute links. */
  readonly baseUrl: string;
  caller: Caller | null;
}

const contexts = new WeakMap<IncomingMessage, RequestContext>();

export function setRequestContext(request: IncomingMessage, context: RequestContext): void {
  contexts.set(request, context);
}

export function requestContextOf(request: IncomingMessage): RequestContext {
  const context = contexts.get(request);
  invariant(context, 'a request has its context before anything else sees it');
  return context;
}
