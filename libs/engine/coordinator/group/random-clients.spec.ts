/**
 * Clients that do anything at any time, from a seed: join, rejoin, sync, beat, commit, leave, vanish; the partition refuses now and then, and
 * the coordinator restarts. After every step the log replayed is the state held, and what clients were told stays true.
 */
import { createSeededRandom } from '#libs/kernel/testing';
import { ErrorCode } from '#libs/kafka/protocol';
import { createCoordinatorContext, GROUP, type CoordinatorContext } from '../testing/coordinator-context.js';

interface Client { memberId: string; generation: number; instanceId: string | null; joining: boolean; leader: boolean; members: string[] }

const newClient = (instanceId: string | null): Client => ({ memberId: '', generation: -1, instanceId, joining: false, leader: false, members: [] });

function checkGroup(t: CoordinatorContext, acknowledged: number, reached: Set<string>): void {
  const kept = t.shard.state.offsets.get(GROUP)?.get('orders')?.get(0)?.offset ?? -1;
  expect(kept).toBeGreaterThanOrEqual(acknowledged);
  const group = t.shard.groups.get(GROUP);
  if (group === undefined) return;
  reached.add(group.state);
  expect(group.leaderId === null || group.members.has(group.leaderId)).toBe(true);
  expect(new Set(group.staticMembers.values()).size).toBe(group.staticMembers.size);
  for (const [instanceId, memberId] of group.staticMembers) expect(group.members.get(memberId)?.instanceId).toBe(instanceId);
  if (group.state === 'Empty') expect(group.members.size).toBe(0);
  if (group.state !== 'Stable' && group.state !== 'CompletingRebalance') return;
  expect(group.members.size).toBeGreaterThan(0);
  // Static members that missed a rebalance stay beside those who found room in it.
  expect([...group.members.values()].filter(({ instanceId }) => instanceId === null).length).toBeLessThanOrEqual(4);
}

function createRun(seed: number) {
  const random = createSeededRandom(seed);
  let t: CoordinatorContext = createCoordinatorContext({ config: { groupInitialRebalanceDelayMs: random.int(2) * 1_000, groupMaxSize: 4 } });
  const clients = Array.from({ length: 5 }, (_, index) => newClient(index < 2 ? `pod-${index}` : null));
  /** Highest offset that a client was told is committed, in order of commits. */
  let acknowledged = -1;
  let nextOffset = 0;
  const leaders = new Map<number, Set<string>>();
  const reached = new Set<string>();

  function join(client: Client): void {
    if (client.joining) return;
    client.joining = true;
    const { memberId, instanceId } = client;
    void t.join({ memberId, groupInstanceId: instanceId, topics: random.int(6) === 0 ? ['orders', 'more'] : ['orders'] }).then((answer) => {
      client.joining = false;
      if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) client.memberId = answer.memberId!;
      else if (answer.errorCode !== ErrorCode.NONE) client.memberId = '';
      else {
        Object.assign(client, { memberId: answer.memberId!, generation: answer.generationId!, leader: answer.members!.length > 0, members: answer.members!.map((member) => member.memberId!) });
        if (answer.members!.length > 0 && answer.skipAssignment !== true) leaders.set(answer.generationId!, (leaders.get(answer.generationId!) ?? new Set()).add(answer.memberId!));
      }
    });
  }
  function sync(client: Client): void {
    const assignments = client.leader ? Object.fromEntries(client.members.map((id) => [id, `for ${id} in ${client.generation}`])) : {};
    const { memberId, generation } = client;
    void t.sync(memberId, generation, assignments, client.instanceId).then((answer) => {
      const text = answer.assignment?.toString() ?? '';
      if (answer.errorCode === ErrorCode.NONE && client.instanceId === null && text !== '') expect(text).toBe(`for ${memberId} in ${generation}`);
    });
  }
  function commit(client: Client): void {
    const offset = nextOffset++;
    const { memberId, generation: generationIdOrMemberEpoch, instanceId: groupInstanceId } = client;
    void t.commit({ 'orders-0': offset }, { memberId, generationIdOrMemberEpoch, groupInstanceId }).then(([errorCode]) => { if (errorCode === ErrorCode.NONE) acknowledged = offset; });
  }
  async function restart(): Promise<void> {
    t.replicas.resign(0);
    await t.env.settle();
    t = t.restart();
  }

  async function step(): Promise<void> {
    const client = clients[random.int(clients.length)]!;
    switch (random.int(13)) {
      case 0: case 1: case 2: join(client); break;
      case 3: case 4: case 5: if (client.memberId !== '') sync(client); break;
      case 6: if (client.memberId !== '') await t.heartbeat(client.memberId, client.generation, client.instanceId); break;
      case 7: commit(client); break;
      case 8: if (random.int(3) === 0) { void t.leave({ memberId: client.memberId, groupInstanceId: client.instanceId }); client.memberId = ''; } break;
      case 9: if (random.int(4) === 0) client.memberId = ''; break;
      case 10: if (random.int(6) === 0) await restart(); break;
      case 11: t.partition.refuseWith(random.int(4) === 0 ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE); break;
      default: await t.advance(random.int(4_000));
    }
    await t.env.settle();
    t.verify();
    expect(t.shard.phase).toBe('active');
    checkGroup(t, acknowledged, reached);
  }

  return {
    step, reached,
    /** Everybody who waits is answered in the end. */
    async finish(): Promise<void> {
      t.partition.refuseWith(ErrorCode.NONE);
      await t.advance(400_000);
      expect(clients.filter(({ joining }) => joining)).toEqual([]);
      expect(t.shard.groups.get(GROUP)?.members.size ?? 0).toBe(0);
    },
  };
}

it('keeps its promises to clients that do anything', async () => {
  const reached = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const run = createRun(seed);
    try {
      for (let step = 0; step < 120; step++) await run.step();
      await run.finish();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
    for (const state of run.reached) reached.add(state);
  }
  expect([...reached].sort()).toEqual(['CompletingRebalance', 'Empty', 'PreparingRebalance', 'Stable']);
}, 60_000);
