/** ACLs of a tenant's cluster. Numbers are the protocol's; façades have the vendors' names. */
import type { Caller } from '#libs/control/domain';
import { createAcls, deleteAcls, describeAcls, type AclEntry, type AclEntryFilter } from '#libs/kafka/client';
import type { DataPlaneConnections } from './connections.js';

export interface AclsUseCases {
  search(caller: Caller, clusterId: string, filter: AclEntryFilter): Promise<AclEntry[]>;
  create(caller: Caller, clusterId: string, acls: readonly AclEntry[]): Promise<void>;
  /** Answers what was deleted. */
  remove(caller: Caller, clusterId: string, filter: AclEntryFilter): Promise<AclEntry[]>;
}

export function createAclsUseCases(connections: DataPlaneConnections): AclsUseCases {
  return {
    async search(caller, clusterId, filter) { return describeAcls((await connections.open(caller, clusterId)).client, filter); },
    async create(caller, clusterId, acls) { return createAcls((await connections.open(caller, clusterId)).client, acls); },
    async remove(caller, clusterId, filter) { return deleteAcls((await connections.open(caller, clusterId)).client, filter); },
  };
}
