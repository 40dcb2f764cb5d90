import { Failure } from '#libs/kernel';

/** Where in the request the mistake is: a JSON pointer into the body, or the name of a query parameter. */
export type ProblemSource = { pointer: string } | { parameter: string };

export interface ProblemDetail {
  detail: string;
  source?: ProblemSource;
}

/** An error on its way to a client, before a dialect gives it its shape. Everything in it may be shown. */
export interface Problem {
  status: number;
  /** Stable, snake_case, for programs. */
  code: string;
  /** At least one. */
  details: readonly ProblemDetail[];
  requestId: string;
  headers: Readonly<Record<string, string>>;
}

/**
 * A failure that the HTTP layer itself finds, or that a façade words in its own dialect: it carries its status.
 * Use cases throw plain failures instead and know nothing of HTTP.
 */
export class HttpFailure extends Failure {
  override readonly name = 'HttpFailure';
  constructor(
    readonly status: number,
    code: string,
    readonly details: readonly ProblemDetail[],
    readonly headers: Readonly<Record<string, string>> = {},
  ) { super(code, details.map((each) => each.detail).join(' ')); }
}

export function invalidBody(details: readonly ProblemDetail[]): HttpFailure {
  return new HttpFailure(422, 'invalid_configuration', details);
}

export function invalidParameter(parameter: string, detail: string): HttpFailure {
  return new HttpFailure(400, 'invalid_filter', [{ detail, source: { parameter } }]);
}

export const CHALLENGE: Readonly<Record<string, string>> = { 'WWW-Authenticate': 'Basic realm="sluice", charset="UTF-8"' };

/** One text for every reason a credential is refused: which part was wrong is not told. */
export function unauthenticated(): HttpFailure {
  const detail = 'The request needs a valid API key: send its id and secret with HTTP Basic. This is an invalid API key, or none.';
  return new HttpFailure(401, 'unauthorized', [{ detail }], CHALLENGE);
}
