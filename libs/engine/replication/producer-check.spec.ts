import { ErrorCode } from '#libs/kafka/protocol';
import type { ProducerState } from '../log/index.js';
import { checkProducer } from './producer-check.js';

const MAX = 0x7fff_ffff;
const state = (epoch: number, ...sequences: [number, number, number][]): ProducerState => ({
  producerId: 9, epoch, lastTimestamp: 1, coordinatorEpoch: -1, transactionFirstOffset: -1,
  batches: sequences.map(([firstSequence, lastSequence, lastOffset]) => ({ firstSequence, lastSequence, lastOffset, timestamp: 1 })),
});
const batch = (producerEpoch: number, firstSequence: number, lastSequence = firstSequence) => ({ producerId: 9, producerEpoch, firstSequence, lastSequence });

describe('checkProducer', () => {
  const five = state(3, [0, 1, 101], [2, 2, 102], [3, 5, 105], [6, 6, 106], [7, 9, 109]);

  it('accepts any first sequence of a producer that is not known', () => {
    expect(checkProducer(null, batch(0, 4711))).toEqual({ kind: 'append' });
    expect(checkProducer(state(3), batch(3, 17))).toEqual({ kind: 'append' });
  });

  it.each([[[0, 1], 100], [[2, 2], 102], [[3, 5], 103], [[6, 6], 106], [[7, 9], 107]])('finds the duplicate %j with its original base offset', ([first, last], baseOffset) => {
    expect(checkProducer(five, batch(3, first!, last))).toMatchObject({ kind: 'duplicate', baseOffset });
  });

  it('finds a duplicate that wraps', () => {
    expect(checkProducer(state(0, [MAX - 1, 2, 54]), batch(0, MAX - 1, 2))).toMatchObject({ kind: 'duplicate', baseOffset: 50 });
  });

  it('appends what follows, across the wrap too', () => {
    expect(checkProducer(five, batch(3, 10, 12))).toEqual({ kind: 'append' });
    expect(checkProducer(state(0, [MAX, MAX, 5]), batch(0, 0))).toEqual({ kind: 'append' });
  });

  it.each([[11], [9], [0], [5]])('refuses sequence %i of the same epoch', (first) => {
    expect(checkProducer(five, batch(3, first))).toMatchObject({ kind: 'refused', errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER });
  });

  it('refuses an older epoch, even for a batch that it wrote', () => {
    expect(checkProducer(five, batch(2, 7, 9))).toMatchObject({ kind: 'refused', errorCode: ErrorCode.INVALID_PRODUCER_EPOCH });
  });

  it('lets a newer epoch begin at 0 only', () => {
    expect(checkProducer(five, batch(4, 0))).toEqual({ kind: 'append' });
    expect(checkProducer(five, batch(4, 10))).toMatchObject({ kind: 'refused', errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER });
    expect(checkProducer(five, batch(4, 7, 9))).toMatchObject({ kind: 'refused' });
  });
});
