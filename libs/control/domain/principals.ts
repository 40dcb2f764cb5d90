import type { NamingPolicy } from '#libs/naming';

/** What a broker needs to know about keys, role grants and the naming of topics, and nothing it could leak: no secret stands in it. */
export interface PrincipalsFile {
  version: 1;
  /** Grows with every change of the content; a writer never replaces a file by one with a lower sequence. */
  sequence: number;
  clusterId: string;
  keys: PrincipalKey[];
  grants: PrincipalGrant[];
  /** Of the cluster's environment; null: names are free. */
  namingPolicy: NamingPolicy | null;
}

export interface PrincipalKey {
  id: string;
  /** `User:sa-…` or `User:u-…`: the principal that ACLs name. */
  principal: string;
  secretSha256: string;
  scram: Record<ScramMechanism, ScramVerifier>;
  state: 'active';
}

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** RFC 5802; everything but the iterations is base64. */
export interface ScramVerifier { salt: string; iterations: number; storedKey: string; serverKey: string }

/** Already scoped to this cluster: the principal may do everything on it and isn't bound by ACLs. */
export interface PrincipalGrant { principal: string; role: string }
