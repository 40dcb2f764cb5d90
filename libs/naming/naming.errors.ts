import { Failure } from '#libs/kernel';

/** A policy that can't be used. `pointer` is a JSON pointer into the policy. */
export class NamingPolicyFailure extends Failure {
  override readonly name = 'NamingPolicyFailure';
  constructor(readonly pointer: string, message: string) { super('invalid_naming_policy', message); }
}
