import { randomBytes } from 'node:crypto';

/**
 * Identifiers of the platform's own resources. The prefixes are part of the public surface: clients check some of them. A branded id has
 * been made here or read from the store; what a caller sends stays a plain string until a look-up has found it.
 */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type OrganizationId = Id<'organization'>;
export type EnvironmentId = Id<'environment'>;
export type ClusterId = Id<'cluster'>;
export type UserId = Id<'user'>;
export type ServiceAccountId = Id<'service-account'>;
export type RoleBindingId = Id<'role-binding'>;
export type ApiKeyId = Id<'api-key'>;
export type OperationId = Id<'operation'>;
/** Whom a key stands for: a user (`u-…`) or a service account (`sa-…`). */
export type PrincipalId = UserId | ServiceAccountId;

/** Bytes from a cryptographic source; injectable so that tests can repeat themselves. */
export type RandomSource = (length: number) => Buffer;

/** Letters and digits that aren't mistaken for one another when read aloud; exactly 32, so five bits a character. */
const READABLE = '0123456789abcdefghjkmnpqrtuvwxyz';
const UPPER_ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const RESOURCE_ID_LENGTH = 8;
const API_KEY_ID_LENGTH = 16;

/** Uniform characters of an alphabet of at most 256: bytes beyond the largest multiple are thrown away, never folded. */
export function randomText(alphabet: string, length: number, random: RandomSource = randomBytes): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

const resourceId = (prefix: string, random?: RandomSource): string => `${prefix}-${randomText(READABLE, RESOURCE_ID_LENGTH, random)}`;

export const newEnvironmentId = (random?: RandomSource): EnvironmentId => resourceId('env', random) as EnvironmentId;
export const newClusterId = (random?: RandomSource): ClusterId => resourceId('lkc', random) as ClusterId;
export const newUserId = (random?: RandomSource): UserId => resourceId('u', random) as UserId;
export const newServiceAccountId = (random?: RandomSource): ServiceAccountId => resourceId('sa', random) as ServiceAccountId;
export const newRoleBindingId = (random?: RandomSource): RoleBindingId => resourceId('rb', random) as RoleBindingId;
export const newOperationId = (random?: RandomSource): OperationId => resourceId('op', random) as OperationId;
export const newApiKeyId = (random?: RandomSource): ApiKeyId => randomText(UPPER_ALPHANUMERIC, API_KEY_ID_LENGTH, random) as ApiKeyId;

export function newOrganizationId(random: RandomSource = randomBytes): OrganizationId {
  const bytes = random(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as OrganizationId;
}

/** Kafka's own form of a cluster id: 16 bytes as 22 characters of base64url, never with a leading dash (a command line would take it for an option). */
export function newKafkaClusterId(random: RandomSource = randomBytes): string {
  for (;;) {
    const text = random(16).toString('base64url');
    if (!text.startsWith('-')) return text;
  }
}

export const isUserId = (id: string): id is UserId => /^u-[0-9a-z]{1,32}$/.test(id);
export const isServiceAccountId = (id: string): id is ServiceAccountId => /^sa-[0-9a-z]{1,32}$/.test(id);
