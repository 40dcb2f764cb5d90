/** The caller can fix it: a stable code and a precise detail, safe to show. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  constructor(readonly code: string, message: string) { super(message); }
}

/** The outside world failed (disk, network, database); says whether trying again can help. */
export class OperationalError extends Error {
  override readonly name: string = 'OperationalError';
  /** It broke off after it had been asked: what was asked for may have been done. */
  readonly mayBeDone: boolean;
  constructor(readonly code: string, message: string, readonly retryable: boolean, options: { cause?: unknown; mayBeDone?: boolean } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.mayBeDone = options.mayBeDone ?? false;
  }
}
