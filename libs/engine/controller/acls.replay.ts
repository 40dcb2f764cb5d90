/** AccessControlEntryRecord, RemoveAccessControlEntryRecord. */
import { invariant } from '#libs/kernel';
import type { AccessControlEntryRecord, RemoveAccessControlEntryRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';

export function replayAcl(state: DeltaState, record: AccessControlEntryRecord): void {
  const { id, resourceType, resourceName, patternType, principal, host, operation, permissionType } = record;
  state.acls.set(id, { id, resourceType, resourceName, patternType, principal, host, operation, permissionType });
}

export function replayRemoveAcl(state: DeltaState, record: RemoveAccessControlEntryRecord): void {
  invariant(state.acls.has(record.id), `ACL ${record.id} is removed but unknown`);
  state.acls.delete(record.id);
}
