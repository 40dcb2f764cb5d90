/** A broken invariant is a bug of ours, never a caller's mistake: the partition, shard or process that meets it stops. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** On in production. State what must hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
