/** What one HTTP caller may ask of the platform. The numbers are published: docs and the X-RateLimit headers tell them too. */
export interface HttpLimits {
  /** A larger body is refused with 413 before it is read. */
  bodyBytesMax: number;
  /** Nesting of arrays and objects in a JSON body; deeper is refused with 400 before it is parsed. */
  jsonDepthMax: number;
  /** Time for a client to send its headers, and its whole request. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  keepAliveTimeoutMs: number;
  /** How often Node looks for connections past those times. */
  timeoutCheckIntervalMs: number;
  connectionsMax: number;
  headerBytesMax: number;
  /** Requests of one API key in a window. */
  requestsPerKey: WindowLimit;
  /** Refused credentials from one address in a window; beyond it the address gets 429 without its credential being looked at. */
  failedLoginsPerAddress: WindowLimit;
  /** Problems of one request that are listed; the rest is cut. */
  validationErrorsMax: number;
}

export interface WindowLimit {
  requestsMax: number;
  windowMs: number;
  /** Keys or addresses remembered at once; the oldest window is forgotten first. */
  entriesMax: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 1_048_576,
  jsonDepthMax: 32,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  timeoutCheckIntervalMs: 2_000,
  connectionsMax: 10_000,
  headerBytesMax: 16_384,
  requestsPerKey: { requestsMax: 60_000, windowMs: 60_000, entriesMax: 100_000 },
  failedLoginsPerAddress: { requestsMax: 600, windowMs: 60_000, entriesMax: 100_000 },
  validationErrorsMax: 20,
};
