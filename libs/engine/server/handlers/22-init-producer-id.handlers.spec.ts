import { ErrorCode, InitProducerIdRequest, InitProducerIdResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation, ResourceType } from '../../controller/index.js';
import { createInitProducerIdHandler } from './22-init-producer-id.handlers.js';
import { createDataPath, denial } from './data-path.testing.js';

const setup = async () => {
  const path = await createDataPath([]);
  const handler = createInitProducerIdHandler(path.deps);
  const init = (version: number, draft: Draft<InitProducerIdRequest> = {}): Promise<InitProducerIdResponse> => path.call(handler, InitProducerIdRequest, InitProducerIdResponse, version, { transactionalId: null, transactionTimeoutMs: 60_000, ...draft });
  return { path, init };
};

describe('InitProducerId', () => {
  it.each([0, 1, 2, 3, 4, 5])('hands out ids in version %i', async (version) => {
    const { init } = await setup();
    expect(await init(version)).toMatchObject({ errorCode: 0, producerId: 0, producerEpoch: 0 });
    expect(await init(version)).toMatchObject({ producerId: 1 });
  });

  it('never gives an id twice, over blocks and to many at once', async () => {
    const { path, init } = await setup();
    const ids = await Promise.all(Array.from({ length: 2500 }, async () => (await init(4)).producerId));
    expect(new Set(ids).size).toBe(2500);
    expect(path.broker.controller.blocks).toBe(3);
  });

  it('gives a fresh id to who names one (KIP-360), and wants id and epoch together', async () => {
    const { init } = await setup();
    expect(await init(3, { producerId: 77, producerEpoch: 3 })).toMatchObject({ errorCode: 0, producerId: 0, producerEpoch: 0 });
    expect(await init(3, { producerId: 77 })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, producerId: -1 });
    expect(await init(3, { producerEpoch: 3 })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
  });

  it('does not serve transactions', async () => {
    const { path, init } = await setup();
    expect(await init(4, { transactionalId: 'tx' })).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION, producerId: -1 });
    expect(await init(4, { transactionalId: '' })).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, producerId: -1 });
    path.denied.add(denial(AclOperation.write, 'tx', ResourceType.transactionalId));
    expect(await init(4, { transactionalId: 'tx' })).toMatchObject({ errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED });
  });

  it('wants IDEMPOTENT_WRITE on the cluster or WRITE on some topic (KIP-679)', async () => {
    const { path, init } = await setup();
    path.denied.add(denial(AclOperation.idempotentWrite, 'kafka-cluster', ResourceType.cluster));
    expect(await init(4)).toMatchObject({ errorCode: 0 });
    path.denied.add(denial(AclOperation.write, '*any', ResourceType.topic));
    expect(await init(4)).toMatchObject({ errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, producerId: -1 });
  });
});
