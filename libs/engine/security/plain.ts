/** SASL PLAIN (RFC 4616): `[authzid] NUL authcid NUL passwd`, one message. */
import { AuthenticationFailure } from './security.errors.js';
import { SECURITY_LIMITS } from './security.limits.js';

export interface PlainCredentials { username: string; password: string }

export function parsePlain(message: Buffer): PlainCredentials {
  if (message.length > SECURITY_LIMITS.saslMessageBytesMax) throw new AuthenticationFailure('PLAIN message is too long');
  const fields = message.toString('utf8').split('\0');
  if (fields.length !== 3) throw new AuthenticationFailure('PLAIN message has not three fields');
  const [authorizationId, username, password] = fields as [string, string, string];
  if (username === '' || password === '') throw new AuthenticationFailure('PLAIN message without user or password');
  if (username.length > SECURITY_LIMITS.saslFieldCharsMax) throw new AuthenticationFailure('PLAIN user is too long');
  if (authorizationId !== '' && authorizationId !== username) throw new AuthenticationFailure('PLAIN authorization id differs from the user');
  return { username, password };
}
