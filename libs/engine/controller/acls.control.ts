/** Decides CreateAcls and DeleteAcls. */
import type { Random } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, newUuid, type MetadataRecord } from '../quorum/index.js';
import { AclOperation, AclPermission, PatternType, ResourceType, type AclBinding, type AclFilter, type AclImage, type ItemResult } from './api.js';
import { itemError, OK, type Decision } from './control-result.js';
import { controllerLimits } from './controller.limits.js';
import type { ControllerImage } from './image.js';

const CLUSTER_NAME = 'kafka-cluster';

function enumName(values: Readonly<Record<string, number>>, id: number): string {
  const name = Object.entries(values).find(([, value]) => value === id)?.[0];
  return name === undefined ? 'UNKNOWN' : name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function checkBinding(binding: AclBinding): void {
  const refuse = (message: string): never => { throw new KafkaError(ErrorCode.INVALID_REQUEST, message); };
  const known = (values: Readonly<Record<string, number>>, id: number): boolean => Object.values(values).includes(id);
  if (!known(ResourceType, binding.resourceType) || binding.resourceType === ResourceType.any) refuse(`Invalid resourceType ${enumName(ResourceType, binding.resourceType)}`);
  if (binding.patternType !== PatternType.literal && binding.patternType !== PatternType.prefixed) refuse(`Invalid patternType ${enumName(PatternType, binding.patternType)}`);
  if (!known(AclOperation, binding.operation) || binding.operation === AclOperation.any) refuse(`Invalid operation ${enumName(AclOperation, binding.operation)}`);
  if (binding.permissionType !== AclPermission.allow && binding.permissionType !== AclPermission.deny) refuse(`Invalid permissionType ${enumName(AclPermission, binding.permissionType)}`);
  if (binding.resourceName === '') refuse('Resource name should not be empty');
  if (binding.resourceType === ResourceType.cluster && binding.resourceName !== CLUSTER_NAME) refuse(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`);
  if (!binding.principal.includes(':')) {
    refuse(`Could not parse principal from \`${binding.principal}\` (no colon is present separating the principal type from the principal name)`);
  }
}

const bindingKey = (acl: AclBinding): string => JSON.stringify([acl.resourceType, acl.resourceName, acl.patternType, acl.principal, acl.host, acl.operation, acl.permissionType]);

export function decideCreateAcls(image: ControllerImage, bindings: readonly AclBinding[], random: Random): Decision<ItemResult[]> {
  const existing = new Set([...image.acls.values()].map(bindingKey));
  const records: MetadataRecord[] = [];
  const result = bindings.map((binding): ItemResult => {
    try {
      checkBinding(binding);
      if (existing.has(bindingKey(binding))) return OK;
      if (existing.size >= controllerLimits.aclsMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, `More than ${controllerLimits.aclsMax} ACLs.`);
      if (records.length >= controllerLimits.recordsPerOperationMax) throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Too many ACLs in one request.');
      existing.add(bindingKey(binding));
      const { resourceType, resourceName, patternType, principal, host, operation, permissionType } = binding;
      records.push(metadataRecord('AccessControlEntryRecord', { id: newUuid(random), resourceType, resourceName, patternType, principal, host, operation, permissionType }));
      return OK;
    } catch (error) {
      return itemError(error);
    }
  });
  return { records, result };
}

function patternMatches(acl: AclBinding, filter: AclFilter): boolean {
  const { patternType, resourceName } = filter;
  if (patternType === PatternType.literal || patternType === PatternType.prefixed) {
    return acl.patternType === patternType && (resourceName === null || acl.resourceName === resourceName);
  }
  if (resourceName === null || acl.resourceName === resourceName) return true;
  if (patternType !== PatternType.match) return false;
  return acl.patternType === PatternType.prefixed ? resourceName.startsWith(acl.resourceName) : acl.resourceName === '*';
}

/** Kafka's AclBindingFilter. */
export function aclMatches(acl: AclBinding, filter: AclFilter): boolean {
  return (filter.resourceType === ResourceType.any || filter.resourceType === acl.resourceType) && patternMatches(acl, filter)
    && (filter.principal === null || filter.principal === acl.principal) && (filter.host === null || filter.host === acl.host)
    && (filter.operation === AclOperation.any || filter.operation === acl.operation) && (filter.permissionType === AclPermission.any || filter.permissionType === acl.permissionType);
}

/** A filter of values that no Kafka has would match nothing while seeming to work. */
export function checkAclFilter(filter: AclFilter): void {
  const within = (values: Readonly<Record<string, number>>, id: number): boolean => Object.values(values).includes(id);
  if (!within(ResourceType, filter.resourceType) || !within(PatternType, filter.patternType)) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Unknown patternFilter.');
  if (!within(AclOperation, filter.operation) || !within(AclPermission, filter.permissionType)) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Unknown entryFilter.');
}

export function decideDeleteAcls(image: ControllerImage, filters: readonly AclFilter[]): Decision<{ result: ItemResult; deleted: AclImage[] }[]> {
  const gone = new Set<string>();
  // Counted with repetitions: every filter's answer lists what it matched.
  let listed = 0;
  if (filters.length > controllerLimits.aclFiltersMax) throw new KafkaError(ErrorCode.INVALID_REQUEST, `More than ${controllerLimits.aclFiltersMax} filters in a single delete operation.`);
  const result = filters.map((filter): { result: ItemResult; deleted: AclImage[] } => {
    try {
      checkAclFilter(filter);
      const deleted = [...image.acls.values()].filter((acl) => aclMatches(acl, filter)).sort((a, b) => (a.id < b.id ? -1 : 1));
      if (listed + deleted.length > controllerLimits.aclDeletionsMax) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Cannot remove more than ${controllerLimits.aclDeletionsMax} acls in a single delete operation.`);
      listed += deleted.length;
      for (const { id } of deleted) gone.add(id);
      return { result: OK, deleted };
    } catch (error) {
      return { result: itemError(error), deleted: [] };
    }
  });
  return { records: [...gone].map((id) => metadataRecord('RemoveAccessControlEntryRecord', { id })), result };
}
