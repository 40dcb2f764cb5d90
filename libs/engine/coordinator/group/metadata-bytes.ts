/**
 * What members make a coordinator hold in memory: what they tell of themselves and what they are assigned. Bounded over all groups of the broker, for
 * each group's bound times the number of groups is more than any machine has.
 */
import type { SyncGroupRequest } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { heldBytes } from '../held-bytes.js';
import type { CoordinatorView } from '../runtime/decision.js';
import type { ClassicGroupView, ClassicMember } from './classic-group.js';

/** What a member brings; its assignment is counted apart. */
type Told = Pick<ClassicMember, 'memberId' | 'instanceId' | 'clientId' | 'clientHost' | 'protocols'>;

function toldBytes({ memberId, instanceId, clientId, clientHost, protocols }: Told): number {
  const identity = memberId.length + (instanceId?.length ?? 0) + clientId.length + clientHost.length;
  return protocols.reduce((sum, { name, metadata }) => sum + name.length + metadata.length, CoordinatorLimits.memberBytes + identity);
}

const pendingBytes = (memberId: string): number => CoordinatorLimits.memberBytes + memberId.length;

/** Names may be 16 KiB long. Groups that only commit offsets are counted with their offsets. */
const groupBytes = ({ groupId }: ClassicGroupView): number => CoordinatorLimits.groupBytes + heldBytes(groupId);
const isCounted = ({ generation, members, pendingMembers }: ClassicGroupView): boolean => generation > 0 || members.size > 0 || pendingMembers.size > 0;

/** Of the group and its members, those too that have only an id so far. */
export function groupMetadataBytes(group: ClassicGroupView): number {
  let bytes = isCounted(group) ? groupBytes(group) : 0;
  for (const member of group.members.values()) bytes += toldBytes(member) + member.assignment.length;
  for (const memberId of group.pendingMembers) bytes += pendingBytes(memberId);
  return bytes;
}

/** Nobody is refused who needs no more than before: a full broker's groups go on rebalancing. */
const fits = (view: CoordinatorView, growth: number): boolean => growth <= 0 || growth <= view.metadataBytesLeft();

/** Room for a member as its JoinGroup tells of it, in the place of the one that it comes back as. */
export function hasRoomForMember(view: CoordinatorView, group: ClassicGroupView, told: Told): boolean {
  const before = group.members.get(told.memberId) ?? group.members.get(group.staticMembers.get(told.instanceId ?? '') ?? '');
  const freed = before !== undefined ? toldBytes(before) : group.pendingMembers.has(told.memberId) ? pendingBytes(told.memberId) : 0;
  return fits(view, toldBytes(told) - freed + (isCounted(group) ? 0 : groupBytes(group)));
}

/** Room for what the leader assigns, in the place of what was assigned before. */
export function hasRoomForAssignments(view: CoordinatorView, group: ClassicGroupView, assignments: SyncGroupRequest['assignments']): boolean {
  let growth = 0;
  for (const { memberId, assignment } of assignments) if (group.members.has(memberId)) growth += assignment.length;
  for (const member of group.members.values()) growth -= member.assignment.length;
  return fits(view, growth);
}
