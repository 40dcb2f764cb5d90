/** What a cluster can, from what it answered. */
import type { DriverCapabilities, RemoteFindings } from '#libs/control/domain';

/** Of every cluster that isn't the platform's: processes, files and the topic policy inside the brokers are its owner's. */
export const baseCapabilities: DriverCapabilities = {
  flushModes: [], brokersPerClusterMax: 0, transactions: false, diskLimit: false, lifeCycle: false, keys: 'none', namingPolicy: false, scramUsers: false, logDetails: false,
};

export interface Asked {
  mechanisms: readonly string[];
  /** Every broker has the calls. */
  hasTransactions: boolean;
  hasScramCalls: boolean;
  /** Null: they were described; else what the cluster said. */
  scramRefusal: string | null;
  /** Whether the credential may alter the cluster; null: it wasn't told. */
  mayAlter: boolean | null;
  aclsRefusal: string | null;
}

type Capable = Pick<RemoteFindings, 'capabilities' | 'reasons' | 'acls' | 'keyMechanism'>;

export function capableOf(asked: Asked): Capable {
  const scramReason = !asked.hasScramCalls ? 'the cluster doesn\'t offer AlterUserScramCredentials (hosted clusters keep their users elsewhere)'
    : asked.scramRefusal !== null ? `the cluster refuses to describe its SCRAM users: ${asked.scramRefusal}`
      : asked.mayAlter === false ? 'the credential may not alter the cluster (Alter on Cluster)' : null;
  // The stronger one where there is a choice.
  const mechanism = (['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const).find((name) => asked.mechanisms.includes(name)) ?? null;
  const keysReason = scramReason ?? (mechanism === null ? 'the listener that the platform uses takes no login by SCRAM' : null);
  return {
    capabilities: { ...baseCapabilities, transactions: asked.hasTransactions, scramUsers: scramReason === null, keys: keysReason === null ? 'scram' : 'none' },
    keyMechanism: keysReason === null ? mechanism : null,
    acls: asked.aclsRefusal === null,
    reasons: {
      ...(keysReason === null ? {} : { keys: keysReason }), ...(scramReason === null ? {} : { scramUsers: scramReason }),
      ...(asked.hasTransactions ? {} : { transactions: 'not every broker offers InitProducerId and AddPartitionsToTxn' }), ...(asked.aclsRefusal === null ? {} : { acls: asked.aclsRefusal }),
    },
  };
}
