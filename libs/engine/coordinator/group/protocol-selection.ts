/** Which protocol (assignor) a generation uses: one that every member offers, by the members' votes. */
import { invariant } from '#libs/kernel';
import type { ClassicGroupView, ClassicMember, MemberProtocol } from './classic-group.js';

/** Protocols that every member offers, in the order of the first member's preference. */
function commonProtocols(group: ClassicGroupView): Set<string> {
  const offered = new Map<string, number>();
  for (const member of group.members.values()) {
    for (const name of new Set(member.protocols.map((protocol) => protocol.name))) offered.set(name, (offered.get(name) ?? 0) + 1);
  }
  return new Set([...offered].filter(([, count]) => count === group.members.size).map(([name]) => name));
}

/** Whether a member with these protocols could join without breaking the group. */
export function supportsProtocols(group: ClassicGroupView, protocolType: string, protocols: readonly MemberProtocol[]): boolean {
  if (group.state === 'Empty') return protocolType !== '' && protocols.length > 0;
  if (group.protocolType !== protocolType) return false;
  if (group.members.size === 0) return protocols.length > 0;
  const common = commonProtocols(group);
  return protocols.some(({ name }) => common.has(name));
}

/** Each member votes for the first of its protocols that all offer; ties go to the protocol that was voted for first. */
export function selectProtocol(group: ClassicGroupView): string {
  const common = commonProtocols(group);
  const votes = new Map<string, number>();
  for (const member of group.members.values()) {
    const vote = member.protocols.find(({ name }) => common.has(name));
    invariant(vote !== undefined, 'members share a protocol');
    votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
  }
  let winner: string | null = null;
  for (const [name, count] of votes) if (winner === null || count > votes.get(winner)!) winner = name;
  invariant(winner !== null, 'a protocol is chosen by at least one member');
  return winner;
}

export function sameProtocols(member: ClassicMember, protocols: readonly MemberProtocol[]): boolean {
  return member.protocols.length === protocols.length
    && member.protocols.every((own, index) => own.name === protocols[index]!.name && own.metadata.equals(protocols[index]!.metadata));
}
