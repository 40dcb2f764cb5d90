import { readJsonFile, replaceFileSync } from '#libs/host';
import type { AdministrationService, AdministratorKey } from '#libs/control/application';

/** `$SLUICE_HOME/admin.json`, mode 0600: the first administrator's key and where to use it. Scripts rely on these names. */
export interface AdminFile {
  baseUrl: string;
  swaggerUrl: string;
  apiKey: string;
  apiSecret: string;
  organizationId: string;
  userId: string;
  caFile: string;
}

export interface AdminFileTarget { path: string; baseUrl: string; caFile: string }

export function writeAdminFile(target: AdminFileTarget, key: AdministratorKey): AdminFile {
  const { organizationId, userId, apiKey, apiSecret } = key;
  const content: AdminFile = { baseUrl: target.baseUrl, swaggerUrl: `${target.baseUrl}/docs`, apiKey, apiSecret, organizationId, userId, caFile: target.caFile };
  replaceFileSync(target.path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  return content;
}

/** Null for a file that isn't there or isn't whole. */
export function readAdminFile(path: string): AdminFile | null {
  const found = readJsonFile(path) as Partial<Record<keyof AdminFile, unknown>> | null;
  const names: (keyof AdminFile)[] = ['baseUrl', 'swaggerUrl', 'apiKey', 'apiSecret', 'organizationId', 'userId', 'caFile'];
  return found !== null && typeof found === 'object' && names.every((name) => typeof found[name] === 'string') ? found as AdminFile : null;
}

/**
 * Makes sure that there is an administrator and that the file holds its present key. A file that was lost, or that a kill between the
 * key's creation and the file's left unwritten, is made again with a new key; the old one ends.
 */
export async function ensureAdminFile(target: AdminFileTarget, administration: AdministrationService): Promise<{ admin: AdminFile; isNew: boolean }> {
  const made = await administration.bootstrapAdministrator();
  if (made) return { admin: writeAdminFile(target, made), isNew: true };
  const present = readAdminFile(target.path);
  if (!present || !await administration.isAdministratorKey(present.apiKey)) {
    return { admin: writeAdminFile(target, await administration.rotateAdministratorKey()), isNew: true };
  }
  const isCurrent = present.baseUrl === target.baseUrl && present.caFile === target.caFile;
  return { admin: isCurrent ? present : writeAdminFile(target, present), isNew: false };
}
