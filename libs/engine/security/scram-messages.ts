/** SCRAM's messages (RFC 5802 §7) as far as a server reads them. */
import { AuthenticationFailure } from './security.errors.js';
import { SECURITY_LIMITS } from './security.limits.js';

export interface ClientFirst {
  /** `n,,`: repeated by the client, base64, in its final message. */
  gs2Header: string;
  bare: string;
  username: string;
  nonce: string;
  extensions: ReadonlyMap<string, string>;
}

export interface ClientFinal { channelBinding: string; nonce: string; proof: Buffer; withoutProof: string }

const PRINTABLE = /^[\x21-\x2b\x2d-\x7e]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decodeText(message: Buffer): string {
  if (message.length > SECURITY_LIMITS.saslMessageBytesMax) throw new AuthenticationFailure('SCRAM message is too long');
  return message.toString('utf8');
}

function saslName(encoded: string): string {
  if (encoded === '' || encoded.length > SECURITY_LIMITS.saslFieldCharsMax || /=(?!2C|3D)/.test(encoded)) throw new AuthenticationFailure('SCRAM user name is not well formed');
  return encoded.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

export function parseClientFirst(message: Buffer): ClientFirst {
  const match = /^(n|y|p=[A-Za-z0-9.-]+),(a=[^,]*)?,(n=([^,]*),r=([^,]+)(,.*)?)$/su.exec(decodeText(message));
  if (match === null) throw new AuthenticationFailure('SCRAM client-first message is not well formed');
  const [, binding, authorization, bare, encodedName, nonce, rest] = match;
  // No mechanism with `-PLUS` is offered: a client that asks for channel binding is refused rather than left unprotected.
  if (binding !== 'n') throw new AuthenticationFailure('SCRAM channel binding is not supported');
  const username = saslName(encodedName!);
  if (authorization !== undefined && saslName(authorization.slice(2)) !== username) throw new AuthenticationFailure('SCRAM authorization id differs from the user');
  if (!PRINTABLE.test(nonce!) || nonce!.length > SECURITY_LIMITS.saslFieldCharsMax) throw new AuthenticationFailure('SCRAM nonce is not printable');
  const extensions = new Map<string, string>();
  for (const part of rest === undefined ? [] : rest.slice(1).split(',')) {
    const at = part.indexOf('=');
    if (at <= 0) throw new AuthenticationFailure('SCRAM extension is not well formed');
    extensions.set(part.slice(0, at), part.slice(at + 1));
  }
  return { gs2Header: `${binding},${authorization ?? ''},`, bare: bare!, username, nonce: nonce!, extensions };
}

export function parseClientFinal(message: Buffer): ClientFinal {
  const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]+)$/su.exec(decodeText(message));
  if (match === null || !BASE64.test(match[4]!) || !BASE64.test(match[2]!)) throw new AuthenticationFailure('SCRAM client-final message is not well formed');
  return { withoutProof: match[1]!, channelBinding: match[2]!, nonce: match[3]!, proof: Buffer.from(match[4]!, 'base64') };
}
