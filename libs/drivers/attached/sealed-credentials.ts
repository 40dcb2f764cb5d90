import type { RemoteSecrets } from '#libs/control/domain';
import type { Secrets } from '#libs/secrets';

/** For one cluster and for this: in another row, or as another secret, the text doesn't open. */
const contextOf = (clusterId: string): string[] => [clusterId, 'remote cluster credentials'];

export const sealCredentials = (secrets: Secrets, clusterId: string, { password, keyPem }: RemoteSecrets): string => secrets.seal(JSON.stringify({ password, keyPem }), contextOf(clusterId));

export const openCredentials = (secrets: Secrets, clusterId: string, sealed: string): RemoteSecrets => JSON.parse(secrets.open(sealed, contextOf(clusterId))) as RemoteSecrets;

/** The same credentials, sealed with the present key. Throws what opening throws. */
export const sealAnew = (secrets: Secrets, clusterId: string, sealed: string): string => sealCredentials(secrets, clusterId, openCredentials(secrets, clusterId, sealed));
