import { OperationalError } from '#libs/kernel';

const secretsError = (code: string, message: string, cause?: unknown): OperationalError => new OperationalError(code, message, false, { cause });

export const keyFileBroken = (path: string, why: string): OperationalError =>
  secretsError('secrets_key_broken', `${path} ${why}: put back the file that belongs to this database, from a backup; without it the credentials of remote clusters must be given anew`);

export const keyMissing = (path: string, keyId: string): OperationalError =>
  secretsError('secrets_key_missing', `a credential in the database was sealed with the key ${keyId}, which isn't in ${path}: put back the file that belongs to this database, or give the credential anew`);

export const textBroken = (): OperationalError =>
  secretsError('secret_broken', 'a credential in the database can\'t be opened: it was changed, or belongs to another row; give it anew');
