import { verifySecret, type Caller } from '#libs/control/domain';
import type { ControlDeps } from './deps.js';
import type { AuthenticationService } from './services.js';

/** What can't be a key's id or a secret isn't looked up or hashed at length; the answer is the same. */
const ID_PATTERN = /^[A-Z0-9]{16}$/;
const SECRET_LENGTH_MAX = 256;
const NOBODY = 'AAAAAAAAAAAAAAAA';

export function createAuthenticationService({ store }: Pick<ControlDeps, 'store'>): AuthenticationService {
  return {
    authenticate: async ({ keyId, secret, requestId }) => {
      const key = await store.system.findKey(ID_PATTERN.test(keyId) ? keyId : NOBODY);
      const verified = verifySecret(secret.slice(0, SECRET_LENGTH_MAX), key?.secretSha256 ?? null);
      if (!verified || key === null || secret.length > SECRET_LENGTH_MAX) return null;
      const caller: Caller = { kind: 'cloud-key', keyId: key.id, organizationId: key.organizationId, principalId: key.ownerId, requestId };
      return key.clusterId === null ? caller : { ...caller, kind: 'cluster-key', clusterId: key.clusterId, credential: { username: key.id, password: secret } };
    },
  };
}
