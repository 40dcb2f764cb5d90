import { HttpException } from '@nestjs/common';
import { Failure, OperationalError } from '#libs/kernel';
import { ControlFailure, type FailureKind, type FailureSource } from '#libs/control/application';
import { CHALLENGE, HttpFailure, type Problem, type ProblemDetail, type ProblemSource } from './problem.js';

const statusOfKind: Record<FailureKind, number> = {
  malformed: 400, invalid: 422, unauthenticated: 401, 'quota-exceeded': 402, forbidden: 403, 'not-found': 404, conflict: 409,
};

/** What a caller is told of an error, and whether it is a fault of ours that has to be logged. */
export interface MappedProblem { problem: Problem; fault: 'none' | 'outside' | 'bug' }

const RETRY_AFTER_SECONDS = 2;

/** Where a resource stands, from its id; null for an id whose path isn't known. For the Location of what a request clashes with. */
export type ResourcePath = (id: string) => string | null;

/** `isRead`: the request was to change nothing. */
export function toProblem(error: unknown, requestId: string, resourcePath: ResourcePath, { isRead = false } = {}): MappedProblem {
  const caller: ForCaller = (status, code, details, headers = {}) =>
    ({ problem: { status, code, details, requestId, headers }, fault: 'none' });

  if (error instanceof HttpFailure) return caller(error.status, error.code, error.details, error.headers);
  if (error instanceof ControlFailure) return fromControlFailure(error, caller, resourcePath);
  // A failure of another library that no façade has translated: what it says may be shown, and the request is what is wrong.
  if (error instanceof Failure) return caller(400, error.code, [{ detail: error.message }]);
  if (error instanceof OperationalError) {
    // The cause (addresses, paths, SQL) is for the log alone.
    const isOpen = error.mayBeDone && !isRead;
    const detail = isOpen
      ? 'What the platform asked for this request broke off without an answer (the Kafka cluster, for example). The change may have been made: look before you try again.'
      : 'The platform can\'t reach something it needs (its database or the Kafka cluster, for example). Nothing was changed by this answer; try again.';
    return {
      problem: { status: 503, code: 'service_unavailable', details: [{ detail }], requestId, headers: isOpen ? {} : { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
      fault: 'outside',
    };
  }
  if (error instanceof HttpException && error.getStatus() < 500) return fromHttpException(error, caller);
  const detail = `Something failed inside the platform. Its log tells more under the request id ${requestId}.`;
  return { problem: { status: 500, code: 'internal_error', details: [{ detail }], requestId, headers: {} }, fault: 'bug' };
}

type ForCaller = (status: number, code: string, details: readonly ProblemDetail[], headers?: Readonly<Record<string, string>>) => MappedProblem;

function fromControlFailure(error: ControlFailure, caller: ForCaller, resourcePath: ResourcePath): MappedProblem {
  const status = statusOfKind[error.kind];
  const path = error.conflictingId === null ? null : resourcePath(error.conflictingId);
  const headers = { ...(status === 401 ? CHALLENGE : {}), ...(path === null ? {} : { Location: path }) };
  const source = toSource(error.source);
  return caller(status, error.code, [{ detail: error.message, ...(source ? { source } : {}) }], headers);
}

function toSource(source: FailureSource | null): ProblemSource | null {
  if (source?.pointer !== undefined) return { pointer: source.pointer };
  if (source?.parameter !== undefined) return { parameter: source.parameter };
  return null;
}

/** Errors of Nest, Express and the body parser, in our words: theirs may quote a piece of the body. */
function fromHttpException(error: HttpException, caller: ForCaller): MappedProblem {
  const status = error.getStatus();
  const type = (error.cause as { type?: unknown } | undefined)?.type;
  if (type === 'entity.parse.failed') return caller(400, 'invalid_json', [{ detail: 'The body is not valid JSON: it must be one JSON object.' }]);
  if (type === 'entity.verify.failed') return caller(400, 'invalid_json', [{ detail: 'The JSON in the body is nested too deeply.' }]);
  const known = ofStatus[status] ?? { code: 'bad_request', detail: 'The request can\'t be understood.' };
  return caller(status, known.code, [{ detail: known.detail }]);
}

const ofStatus: Record<number, { code: string; detail: string }> = {
  400: { code: 'bad_request', detail: 'The request can\'t be understood: its URL or body is malformed.' },
  401: { code: 'unauthorized', detail: 'The request needs a valid API key.' },
  404: { code: 'not_found', detail: 'There is nothing at this path for this method.' },
  413: { code: 'payload_too_large', detail: 'The body is larger than the limit.' },
  415: { code: 'unsupported_media_type', detail: 'The encoding of the body is not supported.' },
};
