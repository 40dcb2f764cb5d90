/** Logging in to a broker: SaslHandshake, then the mechanism's messages inside SaslAuthenticate (KIP-152). */
import type { Random } from '#libs/kernel';
import { ErrorCode, KafkaError, type SaslAuthenticateResponse, type SaslHandshakeResponse } from '#libs/kafka/protocol';
import { ClusterAuthenticationError } from './errors.js';
import { createScramExchange, type ScramMechanism } from './scram.js';

/** Without a mechanism: PLAIN. */
export interface PlainCredential { mechanism?: 'PLAIN'; username: string; password: string }
export interface ScramCredential { mechanism: ScramMechanism; username: string; password: string }
export type Credential = PlainCredential | ScramCredential;
export type SaslMechanism = NonNullable<Credential['mechanism']>;
export const SASL_MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

export interface SaslLink {
  handshake(mechanism: string): Promise<SaslHandshakeResponse>;
  authenticate(authBytes: Buffer): Promise<SaslAuthenticateResponse>;
}

const NONCE_BYTES = 24;

/** Returns for how long the broker keeps the login, in milliseconds; null: for as long as the connection lives. Throws ClusterAuthenticationError. */
export async function login(link: SaslLink, credential: Credential, random: Random): Promise<number | null> {
  const mechanism = credential.mechanism ?? 'PLAIN';
  const handshake = await link.handshake(mechanism);
  if (handshake.errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM) throw new ClusterAuthenticationError(`the broker does not offer ${mechanism}, only ${handshake.mechanisms.join(', ')}`);
  if (handshake.errorCode !== ErrorCode.NONE) throw new ClusterAuthenticationError('the broker takes no SASL login on this listener');
  const say = async (authBytes: Buffer): Promise<SaslAuthenticateResponse> => {
    const answer = await link.authenticate(authBytes);
    if (answer.errorCode === ErrorCode.SASL_AUTHENTICATION_FAILED || answer.errorCode === ErrorCode.ILLEGAL_SASL_STATE) throw new ClusterAuthenticationError(answer.errorMessage ?? 'authentication failed');
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode as ErrorCode, answer.errorMessage ?? 'the broker could not look at the login');
    return answer;
  };
  const last = mechanism === 'PLAIN' ? await say(Buffer.from(`\0${credential.username}\0${credential.password}`, 'utf8')) : await scramLogin(say, mechanism, credential, random);
  return last.sessionLifetimeMs > 0 ? last.sessionLifetimeMs : null;
}

async function scramLogin(say: (bytes: Buffer) => Promise<SaslAuthenticateResponse>, mechanism: ScramMechanism, credential: Credential, random: Random): Promise<SaslAuthenticateResponse> {
  const exchange = createScramExchange(mechanism, credential, random.bytes(NONCE_BYTES).toString('base64url'));
  const first = await say(exchange.clientFirst);
  const last = await say(await exchange.answer(first.authBytes));
  exchange.verify(last.authBytes);
  return last;
}
