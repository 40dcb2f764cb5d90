import { Failure, InvariantError, OperationalError } from '#libs/kernel';
import { ControlFailure } from '#libs/control/domain';

/** SQLSTATE classes and Prisma's codes that say: the database isn't there, is full or is going away. Nothing that a caller's input can cause. */
const outsideSqlStates = /^(08|53|57|58)/;
const outsidePrismaCodes: ReadonlySet<string> = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);
/** The adapter's own words. */
const outsideKinds: ReadonlySet<string> = new Set([
  'ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TlsConnectionError', 'TooManyConnections', 'AuthenticationFailed', 'DatabaseAccessDenied', 'DatabaseDoesNotExist',
]);
const outsideNodeCodes = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;
const outsideTexts = /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Can't reach database server|not queryable/;
/** Deadlock and serialization failure: the transaction left nothing behind and may be run again. */
const transientCodes: ReadonlySet<string> = new Set(['40001', '40P01', 'P2034']);

/** PostgreSQL's texts hold every character but NUL, and callers can put one into any id of a path. */
const CHARACTER_NOT_IN_REPERTOIRE = '22021';

function* codesOf(error: unknown): Generator<string> {
  let at: unknown = error;
  for (let depth = 0; depth < 6 && typeof at === 'object' && at !== null; depth += 1) {
    const { code, originalCode, kind, meta, cause } = at as Record<string, unknown>;
    for (const each of [code, originalCode, kind]) if (typeof each === 'string') yield each;
    if (typeof meta === 'object' && meta !== null) yield* codesOf({ cause: (meta as Record<string, unknown>).driverAdapterError, code: (meta as Record<string, unknown>).code });
    at = cause;
  }
}

export const isTransient = (error: unknown): boolean => [...codesOf(error)].some((code) => transientCodes.has(code) || code === 'TransactionWriteConflict');

const closedCodes: ReadonlySet<string> = new Set(['ConnectionClosed', 'ECONNRESET', 'EPIPE', 'P1017', '57P01']);

export const isClosedConnection = (error: unknown): boolean => [...codesOf(error)].some((code) => closedCodes.has(code))
  || (error instanceof Error && /Connection terminated|not queryable/.test(error.message));

export const isUniqueViolation = (error: unknown): boolean => [...codesOf(error)].some((code) => code === 'P2002' || code === '23505');

/** A row that was there when it was looked for, or one that the new row refers to: another transaction has deleted it in between. */
const goneCodes: ReadonlySet<string> = new Set(['P2025', 'P2003', '23503']);

/** What leaves this library: failures and bugs as they are, a database that can't serve as OperationalError. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof Failure || error instanceof OperationalError || error instanceof InvariantError) return error;
  if ([...codesOf(error)].includes(CHARACTER_NOT_IN_REPERTOIRE)) return new ControlFailure('invalid_filter', 'the request holds a NUL character, which no id and no name can hold');
  if ([...codesOf(error)].some((code) => goneCodes.has(code))) return new ControlFailure('resource_not_found', 'what the request is about has been deleted meanwhile');
  const outside = [...codesOf(error)].some((code) => outsidePrismaCodes.has(code) || outsideKinds.has(code) || outsideNodeCodes.test(code) || (/^[0-9A-Z]{5}$/.test(code) && outsideSqlStates.test(code)))
    || isTransient(error)
    || (error instanceof Error && outsideTexts.test(error.message));
  return outside ? new OperationalError('database_unavailable', 'the database can\'t be reached or can\'t serve at the moment', true, { cause: error }) : error;
}
