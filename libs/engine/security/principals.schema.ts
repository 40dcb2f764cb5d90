/** `principals.json`, read strictly: a file that isn't wholly right is not used at all. */
import { compileNamingPolicy, NamingPolicyFailure, type CompiledNamingPolicy, type NamingPolicyInput } from '#libs/naming';
import { SECURITY_LIMITS } from './security.limits.js';
import { securityErrors } from './security.errors.js';
import type { Principal, ScramCredential, ScramMechanism } from './api.js';

export interface PrincipalKeyEntry {
  id: string;
  principal: Principal;
  secretSha256: Buffer;
  scram: ReadonlyMap<ScramMechanism, ScramCredential>;
  active: boolean;
}

export interface PrincipalsContent {
  sequence: number;
  clusterId: string;
  keys: ReadonlyMap<string, PrincipalKeyEntry>;
  /** Texts of the principals that have a role, `User:u-abc12`. */
  granted: ReadonlySet<string>;
  /** Names of all principals here, without their type. */
  names: ReadonlySet<string>;
  /** Null: topic names are free. A failure: keys and roles hold all the same, and the policy in use stays. */
  namingPolicy: CompiledNamingPolicy | NamingPolicyFailure | null;
}

const KEY_LENGTH: Record<ScramMechanism, number> = { 'SCRAM-SHA-256': 32, 'SCRAM-SHA-512': 64 };
const ROLES = new Set(['OrganizationAdmin', 'EnvironmentAdmin', 'CloudClusterAdmin']);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

type Json = Record<string, unknown>;

function object(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw securityErrors.badPrincipalsFile(`${where} is not an object`);
  return value as Json;
}
function list(value: unknown, where: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw securityErrors.badPrincipalsFile(`${where} is not a list`);
  if (value.length > max) throw securityErrors.badPrincipalsFile(`${where} has more than ${max} entries`);
  return value;
}
function text(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw securityErrors.badPrincipalsFile(`${where} is not a text`);
  return value;
}
function integer(value: unknown, where: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw securityErrors.badPrincipalsFile(`${where} is not a number from ${min} to ${max}`);
  return value;
}
function base64(value: unknown, where: string, length: number | null): Buffer {
  const written = text(value, where);
  const bytes = Buffer.from(written, 'base64');
  if (!BASE64.test(written) || bytes.length === 0 || (length !== null && bytes.length !== length)) throw securityErrors.badPrincipalsFile(`${where} is not base64 of the right length`);
  return bytes;
}

/** `Type:name` as ACLs write it. */
export function parsePrincipal(written: string): Principal | null {
  const at = written.indexOf(':');
  return at <= 0 || at === written.length - 1 ? null : { type: written.slice(0, at), name: written.slice(at + 1) };
}

function principal(value: unknown, where: string): Principal {
  const parsed = parsePrincipal(text(value, where));
  if (parsed === null) throw securityErrors.badPrincipalsFile(`${where} is not of the form Type:name`);
  return parsed;
}

function scramCredentials(value: unknown, where: string): Map<ScramMechanism, ScramCredential> {
  const credentials = new Map<ScramMechanism, ScramCredential>();
  for (const [mechanism, raw] of Object.entries(object(value, where))) {
    if (!(mechanism === 'SCRAM-SHA-256' || mechanism === 'SCRAM-SHA-512')) throw securityErrors.badPrincipalsFile(`${where} names an unknown mechanism`);
    const fields = object(raw, `${where}.${mechanism}`);
    const length = KEY_LENGTH[mechanism];
    credentials.set(mechanism, {
      salt: base64(fields['salt'], `${where}.${mechanism}.salt`, null),
      iterations: integer(fields['iterations'], `${where}.${mechanism}.iterations`, SECURITY_LIMITS.scramIterationsMin, SECURITY_LIMITS.scramIterationsMax),
      storedKey: base64(fields['storedKey'], `${where}.${mechanism}.storedKey`, length),
      serverKey: base64(fields['serverKey'], `${where}.${mechanism}.serverKey`, length),
    });
  }
  return credentials;
}

function keyEntry(raw: unknown, where: string): PrincipalKeyEntry {
  const fields = object(raw, where);
  const digest = text(fields['secretSha256'], `${where}.secretSha256`);
  if (!/^[0-9a-f]{64}$/.test(digest)) throw securityErrors.badPrincipalsFile(`${where}.secretSha256 is not a SHA-256 in hex`);
  return {
    id: text(fields['id'], `${where}.id`), principal: principal(fields['principal'], `${where}.principal`), secretSha256: Buffer.from(digest, 'hex'),
    scram: scramCredentials(fields['scram'] ?? {}, `${where}.scram`), active: text(fields['state'], `${where}.state`) === 'active',
  };
}

/** One of a later release that this broker doesn't understand must not keep a revoked key alive. */
function namingPolicy(raw: unknown): PrincipalsContent['namingPolicy'] {
  if (raw === undefined || raw === null) return null;
  try {
    return compileNamingPolicy(raw as NamingPolicyInput);
  } catch (error) {
    if (error instanceof NamingPolicyFailure) return error;
    throw error;
  }
}

export function parsePrincipals(bytes: Buffer): PrincipalsContent {
  if (bytes.length > SECURITY_LIMITS.principalsFileBytesMax) throw securityErrors.badPrincipalsFile(`${bytes.length} bytes are too many`);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw securityErrors.badPrincipalsFile('not JSON');
  }
  const root = object(json, 'the whole');
  if (root['version'] !== 1) throw securityErrors.badPrincipalsFile('version is not 1');
  const keys = new Map<string, PrincipalKeyEntry>();
  list(root['keys'], 'keys', SECURITY_LIMITS.principalKeysMax).forEach((raw, index) => {
    const entry = keyEntry(raw, `keys[${index}]`);
    if (keys.has(entry.id)) throw securityErrors.badPrincipalsFile(`keys[${index}] repeats an id`);
    keys.set(entry.id, entry);
  });
  const granted = new Set<string>();
  const names = new Set([...keys.values()].map((entry) => entry.principal.name));
  list(root['grants'], 'grants', SECURITY_LIMITS.principalGrantsMax).forEach((raw, index) => {
    const fields = object(raw, `grants[${index}]`);
    const who = principal(fields['principal'], `grants[${index}].principal`);
    names.add(who.name);
    // A role of a later release grants nothing here rather than everything.
    if (ROLES.has(text(fields['role'], `grants[${index}].role`))) granted.add(`${who.type}:${who.name}`);
  });
  return {
    sequence: integer(root['sequence'], 'sequence', 0, Number.MAX_SAFE_INTEGER), clusterId: text(root['clusterId'], 'clusterId'), keys, granted, names,
    namingPolicy: namingPolicy(root['namingPolicy']),
  };
}
