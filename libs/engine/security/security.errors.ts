import { Failure } from '#libs/kernel';

/** Why a login failed. The client is told one and the same text; the detail is for the log. */
export class AuthenticationFailure extends Failure {
  override readonly name = 'AuthenticationFailure';
  constructor(readonly detail: string) { super('AUTHENTICATION_FAILED', 'Authentication failed'); }
}

export const securityErrors = {
  badPrincipalsFile: (what: string) => new Failure('BAD_PRINCIPALS_FILE', `principals file: ${what}`),
};
