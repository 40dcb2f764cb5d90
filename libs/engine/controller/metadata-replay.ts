/**
 * Replays a stream of records into images, metadata transactions (KIP-868) included: what a Begin started counts only after its End; an
 * Abort takes it back. Images are immutable, so taking back is keeping the earlier one.
 */
import { invariant } from '#libs/kernel';
import type { MetadataRecord } from '../quorum/index.js';
import { emptyImage, imageOf, type ControllerImage } from './image.js';
import { beginDelta, type ImageDelta } from './image-delta.js';

export interface MetadataReplayer {
  reset(): void;
  record(record: MetadataRecord, offset: number, epoch: number): void;
  readonly inTransaction: boolean;
  /** The image after what was replayed so far; inside a transaction, the one before it. */
  image(): ControllerImage;
}

export function createMetadataReplayer(clusterId: string): MetadataReplayer {
  let committed = emptyImage(clusterId);
  let delta: ImageDelta | null = null;
  let transactional: ControllerImage | null = null;
  let last = { offset: -1, epoch: 0 };
  const settle = (): ControllerImage => {
    if (delta !== null) committed = delta.build();
    delta = null;
    return committed;
  };
  return {
    reset() {
      committed = emptyImage(clusterId);
      delta = null;
      transactional = null;
      last = { offset: -1, epoch: 0 };
    },
    record(record, offset, epoch) {
      last = { offset, epoch };
      switch (record.type) {
        case 'BeginTransactionRecord':
          invariant(transactional === null, 'a metadata transaction begins inside another');
          transactional = settle();
          break;
        case 'EndTransactionRecord':
          invariant(transactional !== null, 'a metadata transaction ends that never began');
          transactional = null;
          break;
        case 'AbortTransactionRecord':
          invariant(transactional !== null, 'a metadata transaction is aborted that never began');
          settle();
          committed = transactional;
          transactional = null;
          break;
        default:
          delta ??= beginDelta(committed);
          delta.replay(record, offset, epoch);
      }
    },
    get inTransaction() { return transactional !== null; },
    image() {
      if (transactional !== null) return transactional;
      const image = settle();
      if (image.offset !== last.offset && last.offset >= 0) committed = imageOf({ ...image, ...last });
      return committed;
    },
  };
}
