/**
 * The cluster's keys, role grants and naming policy, out of `principals.json`. Each login looks at the file first, so a revoked key is refused and a new one
 * works at once; a watch tells of changes for open connections. A file that doesn't parse, belongs to another cluster or is older than
 * the one in use changes nothing; a file that is gone means that nobody may log in, and the policy stays.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Disk, Log } from '#libs/kernel';
import { NamingPolicyFailure, type CompiledNamingPolicy } from '#libs/naming';
import { principalText, type Principal, type PrincipalStore, type ScramCredential, type ScramMechanism } from './api.js';
import { parsePrincipals, type PrincipalsContent } from './principals.schema.js';
import { securityErrors } from './security.errors.js';

export interface PrincipalStoreOptions {
  disk: Disk;
  log: Log;
  /** Null: a broker without SASL listeners; nobody has a key. */
  path: string | null;
  /** `lkc-…`; null accepts any cluster's file. */
  clusterId: string | null;
}

const EMPTY: PrincipalsContent = { sequence: -1, clusterId: '', keys: new Map(), granted: new Set(), names: new Set(), namingPolicy: null };
/** No secret hashes to this: an unknown id costs the same comparison as a known one. */
const NOBODY = Buffer.alloc(32);

export function createPrincipalStore(options: PrincipalStoreOptions): PrincipalStore {
  const { disk, log, path } = options;
  const listeners: (() => void)[] = [];
  let content = EMPTY;
  let version: string | null = null;
  let naming: CompiledNamingPolicy | null = null;

  const read = (bytes: Buffer): PrincipalsContent => {
    const next = parsePrincipals(bytes);
    if (options.clusterId !== null && next.clusterId !== options.clusterId) throw securityErrors.badPrincipalsFile('it belongs to another cluster');
    if (next.sequence < content.sequence) throw securityErrors.badPrincipalsFile(`sequence ${next.sequence} is older than ${content.sequence}`);
    return next;
  };

  const takeNaming = (next: PrincipalsContent['namingPolicy']): void => {
    if (next instanceof NamingPolicyFailure) log.write('error', 'naming-policy-refused', { pointer: next.pointer, error: next.message, keptMode: naming?.policy.mode ?? null });
    else naming = next;
  };

  const refresh = (): void => {
    if (path === null) return;
    const seen = disk.stat(path)?.version ?? null;
    if (seen === version) return;
    try {
      const bytes = seen === null ? null : disk.readFile(path);
      content = bytes === null ? { ...EMPTY, sequence: content.sequence } : read(bytes);
      if (bytes !== null) takeNaming(content.namingPolicy);
      log.write('info', 'principals-loaded', { sequence: content.sequence, keys: content.keys.size, grants: content.granted.size });
    } catch (error) {
      log.write('error', 'principals-refused', { error: (error as Error).message, keptSequence: content.sequence });
    }
    version = seen;
    for (const listener of listeners) listener();
  };

  refresh();
  const watch = path === null ? null : disk.watch(path, refresh);

  const activeKey = (keyId: string) => {
    const entry = content.keys.get(keyId);
    return entry?.active === true ? entry : null;
  };

  return {
    verifyPlain(keyId: string, secret: string): Principal | null {
      refresh();
      const entry = activeKey(keyId);
      const equal = timingSafeEqual(createHash('sha256').update(secret, 'utf8').digest(), entry?.secretSha256 ?? NOBODY);
      return equal && entry !== null ? entry.principal : null;
    },
    scramCredential(keyId: string, mechanism: ScramMechanism): { principal: Principal; credential: ScramCredential } | null {
      refresh();
      const entry = activeKey(keyId);
      const credential = entry?.scram.get(mechanism);
      return entry === null || credential === undefined ? null : { principal: entry.principal, credential };
    },
    isActive: (keyId) => activeKey(keyId) !== null,
    isReserved(name) {
      refresh();
      return content.keys.has(name) || content.names.has(name);
    },
    namingPolicy() {
      refresh();
      return naming;
    },
    hasGrant: (principal) => content.granted.has(principalText(principal)),
    onChange(listener) { listeners.push(listener); },
    close() { watch?.close(); },
  };
}
