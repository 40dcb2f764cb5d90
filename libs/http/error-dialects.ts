import type { Problem } from './problem.js';

/** The vendor's shape of an error. May choose another status than the problem's, where the vendor does. */
export type ErrorPresenter = (problem: Problem) => { status: number; body: unknown };

/** All paths under a prefix answer errors in one shape, also for routes that don't exist and credentials that are refused. */
export interface ErrorDialect {
  /** Path prefix by whole segments, without `/api`: `/kafka/v3`. */
  pathPrefix: string;
  present: ErrorPresenter;
}

export function presenterForPath(dialects: readonly ErrorDialect[], path: string): ErrorPresenter {
  // Routes match case-insensitively, so dialects do too.
  const lower = path.toLowerCase();
  const found = dialects.find((each) => lower === each.pathPrefix || lower.startsWith(`${each.pathPrefix}/`));
  return found?.present ?? presentControlPlaneError;
}

/** The shape of the vendor's control plane, and of our own routes: `{"errors":[{id,status,code,title,detail,source}]}`. */
export const presentControlPlaneError: ErrorPresenter = (problem) => ({
  status: problem.status,
  body: {
    errors: problem.details.map((each) => ({
      id: problem.requestId,
      status: String(problem.status),
      code: problem.code,
      title: titles[problem.status] ?? 'Error',
      detail: each.detail,
      ...(each.source ? { source: each.source } : {}),
    })),
  },
});

const titles: Record<number, string> = {
  400: 'Bad request', 401: 'Unauthorized', 402: 'Quota exceeded', 403: 'Forbidden', 404: 'Not found', 408: 'Request timeout', 409: 'Conflict',
  413: 'Payload too large', 415: 'Unsupported media type', 422: 'Unprocessable entity', 429: 'Too many requests', 431: 'Request header fields too large',
  500: 'Internal error', 503: 'Service unavailable',
};
