/** What a change of topics costs its caller (KIP-599): from `strictFrom` on a caller in debt is refused, older ones are only held back afterwards. */
import type { MutationCharge } from '../../controller/index.js';
import type { RequestContext } from '../api.js';

export function mutationCharge({ quota, apiVersion }: RequestContext, strictFrom: number): MutationCharge {
  return quota === undefined ? {} : { charge: (partitions) => quota.mutated(partitions, apiVersion >= strictFrom) };
}
