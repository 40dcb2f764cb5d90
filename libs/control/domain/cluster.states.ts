/**
 * Phases of a cluster. PROVISIONING, PROVISIONED and FAILED are what callers see; DELETING is internal: from the request on, the cluster
 * is not found any more. A cluster that had been provisioned and whose brokers can't start becomes FAILED with the reason and returns by itself.
 */
export const clusterPhases = ['PROVISIONING', 'PROVISIONED', 'FAILED', 'DELETING'] as const;
export type ClusterPhase = (typeof clusterPhases)[number];

/** Where each phase may go. Deletion is legal from every phase, and asking twice is no error. */
export const clusterTransitions: Readonly<Record<ClusterPhase, readonly ClusterPhase[]>> = {
  PROVISIONING: ['PROVISIONED', 'FAILED', 'DELETING'],
  PROVISIONED: ['FAILED', 'DELETING'],
  FAILED: ['PROVISIONING', 'PROVISIONED', 'DELETING'],
  DELETING: [],
};

export const canMove = (from: ClusterPhase, to: ClusterPhase): boolean => from === to || clusterTransitions[from].includes(to);
