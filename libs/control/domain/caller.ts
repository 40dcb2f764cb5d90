import { ControlFailure } from './errors.catalogue.js';
import type { ApiKeyId, ClusterId, OrganizationId, PrincipalId } from './ids.js';

/** Who makes a request, as its credential says. The organization of every query comes from here and never from what the caller sent. */
export interface Caller {
  /** A cloud key is good for every route of its organization; a cluster key only for the data plane of its own cluster. */
  kind: 'cloud-key' | 'cluster-key';
  keyId: ApiKeyId;
  organizationId: OrganizationId;
  principalId: PrincipalId;
  /** Of a cluster key: the only cluster that it is good for. */
  clusterId?: ClusterId;
  /** Of a cluster key: what opens data-plane connections as that key, so that the broker decides. Never logged. */
  credential?: { username: string; password: string };
  requestId: string;
}

/** A cluster key opens nothing of the platform's own: it is for its cluster's data plane. */
export function requireCloudKey(caller: Caller): void {
  if (caller.kind === 'cloud-key') return;
  // Not "forbidden": clients take a bare 403 on a read for "gone" and drop the object from their state.
  throw new ControlFailure('invalid_api_key', 'invalid API key: a Kafka cluster key is accepted on its own cluster only; this call needs a Cloud API key');
}
