import { ErrorCode } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '../coordinator.limits.js';
import { createCoordinatorContext, GROUP, type CoordinatorContext } from '../testing/coordinator-context.js';

const NAME = 'range';
const protocols = (bytes: number) => [{ name: NAME, metadata: Buffer.alloc(bytes) }];
/** Beside its metadata. */
const ownBytes = (memberId: string): number => CoordinatorLimits.memberBytes + memberId.length + 'app'.length + '/127.0.0.1'.length + NAME.length;
const groupBytes = (groupId: string): number => CoordinatorLimits.groupBytes + groupId.length;
const METADATA = 5_000;

/** A stable group of one, and what it takes. */
async function full(metadataBytesMax: number): Promise<CoordinatorContext & { memberId: string; generationId: number }> {
  const t = createCoordinatorContext({ metadataBytesMax });
  const { memberId, generationId } = await t.stableMember({ protocols: protocols(METADATA) });
  return { ...t, memberId, generationId: generationId! };
}

describe('what members of all groups tell of themselves', () => {
  it('is counted while they are there, in the log or not, and by a coordinator that finds them there', async () => {
    const t = await full(100_000);
    const bytes = groupBytes(GROUP) + ownBytes(t.memberId) + METADATA + 'everything'.length;
    expect(t.shard.metadataBytes).toBe(bytes);
    expect(t.restart().shard.metadataBytes).toBe(bytes);
    const { memberId } = await t.join({ groupId: 'another', protocols: protocols(100) });
    expect(t.shard.metadataBytes).toBe(bytes + groupBytes('another') + CoordinatorLimits.memberBytes + memberId!.length);
    await t.advance(60_000);
    // The group itself stays until it is forgotten; the other one, of which the log knows nothing, went with its member.
    expect(t.shard.metadataBytes).toBe(groupBytes(GROUP));
  });
  it('is taken up to the bound and refused one byte beyond it, whichever group it is for', async () => {
    for (const [extra, errorCode] of [[0, ErrorCode.NONE], [1, ErrorCode.GROUP_MAX_SIZE_REACHED]] as const) {
      const t = await full(20_000);
      const { memberId } = await t.join({ groupId: 'another', protocols: protocols(1) });
      const left = 20_000 - t.shard.metadataBytes + CoordinatorLimits.memberBytes + memberId!.length - ownBytes(memberId!);
      const joined = t.join({ groupId: 'another', memberId: memberId!, protocols: protocols(left + extra) });
      await t.advance(0);
      expect(await joined).toMatchObject({ errorCode });
      expect(t.shard.groups.get('another')!.members.size).toBe(extra === 0 ? 1 : 0);
    }
  });
  it('counts the names of groups, which may be long', async () => {
    for (const [extra, created] of [[0, true], [1, false]] as const) {
      const t = await full(20_000);
      const left = 20_000 - t.shard.metadataBytes - ownBytes('') - 1 - CoordinatorLimits.groupBytes;
      const groupId = 'n'.repeat(left + extra);
      await t.join({ groupId, protocols: protocols(1) });
      expect(t.shard.groups.has(groupId)).toBe(created);
    }
  });
  it('stops no member that needs no more than before', async () => {
    const t = await full(groupBytes(GROUP) + METADATA + 700);
    expect(await t.join({ groupId: 'another' })).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    expect(t.shard.groups.has('another')).toBe(false);
    const again = t.join({ memberId: t.memberId, protocols: protocols(METADATA) });
    await t.advance(0);
    expect(await again).toMatchObject({ errorCode: ErrorCode.NONE, generationId: t.generationId + 1 });
    expect(await t.join({ memberId: t.memberId, protocols: protocols(METADATA + 1_000) })).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    expect(await t.sync(t.memberId, t.generationId + 1, { [t.memberId]: 'a'.repeat(1_000) })).toMatchObject({ errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED });
    expect(await t.sync(t.memberId, t.generationId + 1, { [t.memberId]: 'everything' })).toMatchObject({ errorCode: ErrorCode.NONE });
  });
});
