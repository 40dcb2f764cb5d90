/** One operation after another. A limit on those that wait, so that a slow disk answers "try again" instead of filling the memory. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { controllerLimits } from './controller.limits.js';

export interface Mailbox {
  run<T>(operation: () => Promise<T>): Promise<T>;
}

export function createMailbox(): Mailbox {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    run<T>(operation: () => Promise<T>): Promise<T> {
      if (waiting >= controllerLimits.queueLengthMax) {
        return Promise.reject(new KafkaError(ErrorCode.REQUEST_TIMED_OUT, `The controller's queue is full (${controllerLimits.queueLengthMax} operations).`));
      }
      waiting += 1;
      const result = tail.then(operation).finally(() => { waiting -= 1; });
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
