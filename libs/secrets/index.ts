/** Credentials of other people's systems: the platform must be able to read them again, so they are encrypted at rest by a key beside the database. */
export { openSecrets, type Secrets } from './secrets.js';
export { sealedBy } from './sealed-text.js';
export { rotateSecretsKey, secretsKeyIds } from './key-file.js';
