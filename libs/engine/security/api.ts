import type { CompiledNamingPolicy } from '#libs/naming';

/** Who is asking, and whether they may. */
export interface Principal { type: string; name: string }
/** `User:sa-abc12`. */
export const principalText = (principal: Principal): string => `${principal.type}:${principal.name}`;

export interface Authorizer {
  /** Kafka's StandardAuthorizer: super users, role grants, DENY wins, LITERAL and `*`, PREFIXED, implied operations, host; deny by default. */
  authorize(principal: Principal, host: string, operation: number, resourceType: number, resourceName: string): boolean;
  /** One of `super.users`; a role grant makes nobody one. */
  isSuperUser(principal: Principal): boolean;
  /** Whether some resource of this type may be operated on (CREATE by prefix, IdempotentWrite by any topic write: KIP-679). */
  authorizeByResourceType(principal: Principal, host: string, operation: number, resourceType: number): boolean;
  /** Operations allowed on the resource as the bit field that Metadata and Describe* answer. */
  authorizedOperations(principal: Principal, host: string, resourceType: number, resourceName: string): number;
}

export interface ScramCredential { salt: Buffer; iterations: number; storedKey: Buffer; serverKey: Buffer }
export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** Who may log in: the cluster's principals.json, read again whenever it changed; beside it the SCRAM users of the metadata log. */
export interface PrincipalStore {
  /** The principal of a key whose secret this is; null otherwise, at equal cost. Looks at the file first. */
  verifyPlain(keyId: string, secret: string): Principal | null;
  scramCredential(keyId: string, mechanism: ScramMechanism): { principal: Principal; credential: ScramCredential } | null;
  /** Whether who logged in by this mechanism still may. */
  isActive(keyId: string, mechanism: 'PLAIN' | ScramMechanism): boolean;
  /** A key's id or a principal's name, of whatever state: not to be taken by others. */
  isReserved(name: string): boolean;
  hasGrant(principal: Principal): boolean;
  /** What topic names must be; null: anything. Looks at the file first. */
  namingPolicy(): CompiledNamingPolicy | null;
  /** Called after every change of the file. */
  onChange(listener: () => void): void;
  close(): void;
}
