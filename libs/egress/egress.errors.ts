import { OperationalError } from '#libs/kernel';

/** The rule forbids it; trying again changes nothing until the operator does. The message names the address and the range that it lies in. */
export class EgressRefusedError extends OperationalError {
  override readonly name = 'EgressRefusedError';
  constructor(message: string) { super('EGRESS_REFUSED', message, false); }
}

/** The name stands for no address, or nobody could say which. */
export class EgressUnresolvableError extends OperationalError {
  override readonly name = 'EgressUnresolvableError';
  constructor(message: string, cause?: unknown) { super('EGRESS_UNRESOLVABLE', message, true, { cause }); }
}
