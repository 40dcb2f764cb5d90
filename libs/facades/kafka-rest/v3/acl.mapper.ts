/** Names of the vendor (Kafka's enums) ↔ numbers of the protocol. */
import type { AclEntry, AclEntryFilter } from '#libs/control/application/data-plane';
import { HttpFailure, invalidParameter } from '#libs/http';
import type { AclInputDto, AclQueryDto } from './acl.dto.js';

export const RESOURCE_TYPES = { UNKNOWN: 0, ANY: 1, TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5, DELEGATION_TOKEN: 6, USER: 7 } as const;
export const PATTERN_TYPES = { UNKNOWN: 0, ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const;
export const OPERATIONS = {
  UNKNOWN: 0, ANY: 1, ALL: 2, READ: 3, WRITE: 4, CREATE: 5, DELETE: 6, ALTER: 7, DESCRIBE: 8, CLUSTER_ACTION: 9, DESCRIBE_CONFIGS: 10, ALTER_CONFIGS: 11, IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13, DESCRIBE_TOKENS: 14, TWO_PHASE_COMMIT: 15,
} as const;
export const PERMISSIONS = { UNKNOWN: 0, ANY: 1, DENY: 2, ALLOW: 3 } as const;

type Names = Readonly<Record<string, number>>;
export const nameOf = (names: Names, value: number): string => Object.keys(names).find((name) => names[name] === value) ?? 'UNKNOWN';

/** The names in a bit field of operations. */
export function operationNames(bits: number): string[] {
  return Object.entries(OPERATIONS).filter(([, bit]) => bit > 1 && (bits & (1 << bit)) !== 0).map(([name]) => name);
}

/** Some clients ask for all ACLs with these. */
const EVERY_PRINCIPAL = new Set(['UserV2:*']);

function pick(names: Names, field: string, value: string, allowed: (name: string) => boolean): number {
  const name = value.toUpperCase();
  const found = Object.hasOwn(names, name) && allowed(name) ? names[name] : undefined;
  if (found === undefined) throw new HttpFailure(400, 'kafka_40002', [{ detail: `${field} must be one of ${Object.keys(names).filter(allowed).join(', ')}; "${value}" isn't.` }]);
  return found;
}

const concrete = (name: string): boolean => name !== 'UNKNOWN' && name !== 'ANY' && name !== 'MATCH';
const searchable = (name: string): boolean => name !== 'UNKNOWN';

export function toAcl(body: AclInputDto): AclEntry {
  return {
    resourceType: pick(RESOURCE_TYPES, 'resource_type', body.resource_type, concrete), resourceName: body.resource_name, patternType: pick(PATTERN_TYPES, 'pattern_type', body.pattern_type, concrete),
    principal: body.principal, host: body.host, operation: pick(OPERATIONS, 'operation', body.operation, concrete), permissionType: pick(PERMISSIONS, 'permission', body.permission, concrete),
  };
}

const given = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** An absent or empty parameter matches everything. */
export function toFilter(query: AclQueryDto): AclEntryFilter {
  const everyone = query.principal !== undefined && EVERY_PRINCIPAL.has(query.principal);
  const choose = (names: Names, field: string, value: string | undefined): number => (given(value) === null ? 1 : pick(names, field, value!, searchable));
  return {
    resourceType: choose(RESOURCE_TYPES, 'resource_type', query.resource_type), resourceName: given(query.resource_name), patternType: choose(PATTERN_TYPES, 'pattern_type', query.pattern_type),
    principal: everyone ? null : given(query.principal), host: everyone && query.host === '*' ? null : given(query.host),
    operation: choose(OPERATIONS, 'operation', query.operation), permissionType: choose(PERMISSIONS, 'permission', query.permission),
  };
}

/** A deletion must say what it means: these four can't be left out. */
export function toDeletionFilter(query: AclQueryDto): AclEntryFilter {
  for (const name of ['resource_type', 'pattern_type', 'operation', 'permission'] as const) {
    if (given(query[name]) === null) throw invalidParameter(name, `The parameter ${name} is required; ANY matches all.`);
  }
  return toFilter(query);
}
