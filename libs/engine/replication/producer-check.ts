/**
 * Idempotence (KIP-98): whether a producer's batch is new, was already written, or must be refused. A pure decision over what the
 * partition remembers of the producer: its epoch and its last five batches.
 *
 * | remembered            | epoch of the batch | sequence                          | decision                      |
 * |-----------------------|--------------------|-----------------------------------|-------------------------------|
 * | nothing               | any                | any (state may have expired)      | append                        |
 * | same epoch            | equal              | equals one of the last five       | duplicate, original offset    |
 * | higher epoch          | lower              |                                   | INVALID_PRODUCER_EPOCH        |
 * | lower epoch           | higher             | first is 0                        | append                        |
 * | lower epoch           | higher             | first is not 0                    | OUT_OF_ORDER_SEQUENCE_NUMBER  |
 * | same epoch            | equal              | first follows the last one        | append                        |
 * | same epoch            | equal              | anything else                     | OUT_OF_ORDER_SEQUENCE_NUMBER  |
 */
import { ErrorCode, addSequence } from '#libs/kafka/protocol';
import type { ProducerBatch, ProducerState } from '../log/index.js';

export type ProducerDecision =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: ProducerBatch; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly errorCode: ErrorCode; readonly message: string };

const APPEND: ProducerDecision = { kind: 'append' };

/** Sequences run from 0 to 2^31 − 1 and then begin at 0 again. */
function sequenceSpan(first: number, last: number): number {
  return last >= first ? last - first : last - first + 0x8000_0000;
}

export interface ProducedBatch { producerId: number; producerEpoch: number; firstSequence: number; lastSequence: number }

export function checkProducer(state: ProducerState | null, batch: ProducedBatch): ProducerDecision {
  if (state === null) return APPEND;
  const { producerEpoch: epoch, firstSequence, lastSequence } = batch;
  const who = `producer ${batch.producerId}`;
  if (epoch < state.epoch) {
    return { kind: 'refused', errorCode: ErrorCode.INVALID_PRODUCER_EPOCH, message: `${who} wrote with epoch ${epoch}, its current epoch is ${state.epoch}` };
  }
  if (epoch > state.epoch) {
    if (firstSequence === 0) return APPEND;
    return { kind: 'refused', errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, message: `${who} began epoch ${epoch} with sequence ${firstSequence} instead of 0` };
  }
  for (const known of state.batches) {
    if (known.firstSequence === firstSequence && known.lastSequence === lastSequence) {
      return { kind: 'duplicate', batch: known, baseOffset: known.lastOffset - sequenceSpan(firstSequence, lastSequence) };
    }
  }
  const last = state.batches.at(-1);
  if (last === undefined || last.lastSequence < 0 || firstSequence === addSequence(last.lastSequence, 1)) return APPEND;
  return {
    kind: 'refused', errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    message: `${who} sent sequence ${firstSequence}, expected ${addSequence(last.lastSequence, 1)} (epoch ${epoch})`,
  };
}
