/** What was answered is there after a power cut at any operation of the disk; after a refusing disk nothing more is answered. */
import { createSeededRandom } from '../../kernel/testing/seeded-random.js';
import { createTestEnv, type TestEnv } from '../../kernel/testing/index.js';
import { ErrorCode } from '#libs/kafka/protocol';
import { createController } from './create-controller.js';
import { controllerOptions, settled, startOn } from './controller.fixture.js';

const topic = (name: string) => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [{ name: 'retention.ms', value: '5' }] });

class PowerCut extends Error {}

/** Starts, creates topics one after another and stops; answers which creations were acknowledged before the cut. */
async function workload(env: TestEnv, acknowledged: string[], prefix: string): Promise<void> {
  const controller = await createController(env, controllerOptions());
  for (let i = 0; i < 4; i++) {
    const name = `${prefix}-${i}`;
    await controller.createTopics([topic(name)], { validateOnly: false });
    acknowledged.push(name);
  }
  await controller.shutdown();
}

async function cutAfter(env: TestEnv, operations: number, run: () => Promise<void>): Promise<boolean> {
  let left = operations;
  env.disk.onOperation(() => { if (--left < 0) throw new PowerCut('power'); });
  let cut = false;
  try {
    await settled(env, run());
  } catch {
    cut = true;
  }
  env.disk.onOperation(null);
  return cut || left < 0;
}

it('power cuts lose nothing that was answered, and every directory starts again', async () => {
  for (let operations = 0; ; operations++) {
    const env = createTestEnv({ seed: operations + 1 });
    const acknowledged: string[] = [];
    const cut = await cutAfter(env, operations, () => workload(env, acknowledged, 'a'));
    env.disk.powerCut(createSeededRandom(operations));
    const controller = await startOn(env);
    for (const name of acknowledged) {
      expect({ operations, name, partition: controller.image.topics.get(name)?.partitions[1] }).toMatchObject({ operations, name, partition: { leader: 1, isr: [1] } });
      expect(controller.image.configs(2, name).get('retention.ms')).toBe('5');
    }
    expect([...controller.image.topics.values()].every((each) => each.partitions.length === 2)).toBe(true);
    await settled(env, controller.createTopics([topic('after')], { validateOnly: false }));
    if (!cut) break;
    expect(operations).toBeLessThan(2000);
  }
});

it('a sync that fails is final: the caller gets a storage error, the broker is told, nothing more is accepted', async () => {
  const env = createTestEnv();
  const fatal: unknown[] = [];
  const controller = await startOn(env, { onFatal: (error) => fatal.push(error) });
  env.disk.failNextSync((path) => path.endsWith('.log'));
  await expect(settled(env, controller.createTopics([topic('a')], { validateOnly: false }))).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
  expect(controller.image.topics.size).toBe(0);
  await expect(settled(env, controller.createTopics([topic('b')], { validateOnly: false }))).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
  expect(fatal).toHaveLength(1);
});

it('a full disk fails the operation alone, and leaves a log that goes on and starts', async () => {
  const env = createTestEnv();
  const fatal: unknown[] = [];
  const controller = await startOn(env, { onFatal: (error) => fatal.push(error) });
  env.disk.failWrite(1, { keptBytes: 30, matches: (path) => path.endsWith('.log') });
  await expect(settled(env, controller.createTopics([topic('a')], { validateOnly: false }))).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
  expect([controller.image.topics.size, fatal]).toEqual([0, []]);
  await settled(env, controller.createTopics([topic('b')], { validateOnly: false }));
  expect([...(await startOn(env)).image.topics.keys()]).toEqual(['b']);
});
