// The client's side of SCRAM (RFC 5802) over Kafka frames.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { protocol } from './wire.mjs';

const { SaslHandshakeRequest, SaslHandshakeResponse, SaslAuthenticateRequest, SaslAuthenticateResponse } = protocol;

export const scramLogin = ({ id, secret }, mechanism) => async (exchange) => {
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512';
  const token = async (text) => {
    const answer = await exchange(SaslAuthenticateRequest, SaslAuthenticateResponse, 2, { authBytes: Buffer.from(text) }, 10_000);
    if (answer.errorCode !== 0) throw new Error(`login: ${answer.errorCode} ${answer.errorMessage}`);
    return answer.authBytes.toString();
  };
  await exchange(SaslHandshakeRequest, SaslHandshakeResponse, 1, { mechanism }, 10_000);
  const bare = `n=${id},r=${randomBytes(18).toString('base64url')}`;
  const first = await token(`n,,${bare}`);
  const { r, s, i } = Object.fromEntries(first.split(',').map((part) => [part[0], part.slice(2)]));
  const salted = pbkdf2Sync(secret, Buffer.from(s, 'base64'), Number(i), hash === 'sha256' ? 32 : 64, hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  const signature = createHmac(hash, createHash(hash).update(clientKey).digest()).update(`${bare},${first},c=biws,r=${r}`).digest();
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]));
  await token(`c=biws,r=${r},p=${proof.toString('base64')}`);
};
