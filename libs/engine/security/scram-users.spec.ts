import { scramKey, type MetadataImage, type ScramCredentialImage } from '../controller/index.js';
import type { PrincipalStore, ScramMechanism } from './api.js';
import { withScramUsers } from './scram-users.js';

const user = (name: string, mechanism: number): [string, ScramCredentialImage] =>
  [scramKey(mechanism, name), { name, mechanism, salt: Buffer.from('s'), storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32), iterations: 4096 }];

function storeOf(...users: [string, ScramCredentialImage][]) {
  const image = { scramUsers: new Map(users) } as unknown as MetadataImage;
  let onImage: (next: MetadataImage, previous: MetadataImage) => void = () => undefined;
  const controller = { image, onImage: (listener: typeof onImage) => { onImage = listener; } };
  const keys: PrincipalStore = {
    verifyPlain: (id, secret) => (id === 'KEY' && secret === 'secret' ? { type: 'User', name: 'sa-1' } : null),
    scramCredential: (id) => (id === 'KEY' ? { principal: { type: 'User', name: 'sa-1' }, credential: { salt: Buffer.from('k'), storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32), iterations: 8192 } } : null),
    isActive: (id) => id === 'KEY', isReserved: (name) => ['KEY', 'OLDKEY', 'sa-1'].includes(name), hasGrant: () => false, namingPolicy: () => null, onChange: () => undefined, close: () => undefined,
  } as PrincipalStore;
  const store = withScramUsers({ keys, controller, superUsers: ['User:CN=platform,O=x'] });
  return { store, replace: (...next: [string, ScramCredentialImage][]) => {
    const previous = controller.image;
    controller.image = { scramUsers: new Map(next) } as unknown as MetadataImage;
    onImage(controller.image, previous);
  } };
}
const who = (store: PrincipalStore, name: string, mechanism: ScramMechanism = 'SCRAM-SHA-256') => store.scramCredential(name, mechanism)?.principal.name ?? null;

it('lets users of the metadata log in by the mechanism that they have, and by SCRAM only', () => {
  const { store } = storeOf(user('bob', 1));
  expect([who(store, 'bob'), who(store, 'bob', 'SCRAM-SHA-512'), who(store, 'KEY'), who(store, 'nobody')]).toEqual(['bob', null, 'sa-1', null]);
  expect(store.verifyPlain('bob', 'anything')).toBeNull();
  expect([store.isActive('bob', 'SCRAM-SHA-256'), store.isActive('bob', 'SCRAM-SHA-512'), store.isActive('bob', 'PLAIN'), store.isActive('KEY', 'PLAIN')]).toEqual([true, false, false, true]);
});
it.each(['KEY', 'OLDKEY', 'sa-1', 'CN=platform,O=x'])('never lets a user be %s, even one that was there first', (name) => {
  const { store } = storeOf(user(name, 1));
  expect(store.isReserved(name)).toBe(true);
  expect(who(store, name)).toBe(name === 'KEY' ? 'sa-1' : null);
  expect(store.isActive(name, 'SCRAM-SHA-256')).toBe(name === 'KEY');
});
it('tells of users that changed', () => {
  const { store, replace } = storeOf(user('bob', 1));
  let told = 0;
  store.onChange(() => { told++; });
  replace();
  expect([told, store.isActive('bob', 'SCRAM-SHA-256')]).toEqual([1, false]);
});
