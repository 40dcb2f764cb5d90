/**
 * Users of Kafka's own making (KIP-554) beside the platform's keys: their credentials stand in the metadata log, and `User:<name>` is who they
 * are. Where a name belongs to the platform (a key, a principal, a super user) the platform's meaning holds, also for a user that was
 * there first. They log in by SCRAM only.
 */
import { ScramMechanismId, scramKey, type Controller, type MetadataImage } from '../controller/index.js';
import type { PrincipalStore, ScramMechanism } from './api.js';

const MECHANISM_ID: Record<ScramMechanism, number> = { 'SCRAM-SHA-256': ScramMechanismId.sha256, 'SCRAM-SHA-512': ScramMechanismId.sha512 };

export interface ScramUsersOptions {
  keys: PrincipalStore;
  controller: { readonly image: Pick<MetadataImage, 'scramUsers'>; onImage: Controller['onImage'] };
  /** `super.users`, as `Type:name`. */
  superUsers: readonly string[];
}

/** The keys' store with the cluster's SCRAM users in it. */
export function withScramUsers({ keys, controller, superUsers }: ScramUsersOptions): PrincipalStore {
  const superNames = new Set(superUsers.map((user) => user.slice(user.indexOf(':') + 1)));
  const isReserved = (name: string): boolean => superNames.has(name) || keys.isReserved(name);
  const userOf = (name: string, mechanism: ScramMechanism) => (isReserved(name) ? undefined : controller.image.scramUsers.get(scramKey(MECHANISM_ID[mechanism], name)));
  return {
    ...keys,
    isReserved,
    scramCredential(name, mechanism) {
      // Asked first in any case: it looks at the file, and so at who is reserved.
      const key = keys.scramCredential(name, mechanism);
      if (key !== null) return key;
      const user = userOf(name, mechanism);
      return user === undefined ? null : { principal: { type: 'User', name }, credential: user };
    },
    isActive: (name, mechanism) => keys.isActive(name, mechanism) || (mechanism !== 'PLAIN' && userOf(name, mechanism) !== undefined),
    onChange(listener) {
      keys.onChange(listener);
      controller.onImage((next, previous) => { if (next.scramUsers !== previous.scramUsers) listener(); });
    },
  };
}
