/** Users that log in by SCRAM (KIP-554): keys of clusters that keep them themselves. The broker never sees the password, only what it is stretched to. */
import {
  AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, ErrorCode,
} from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';
import { saltPassword, type ScramMechanism } from './scram.js';

const MECHANISM_IDS: Record<ScramMechanism, number> = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 };
const MECHANISMS = new Map(Object.entries(MECHANISM_IDS).map(([name, id]) => [id, name as ScramMechanism]));

export interface ScramUser { name: string; credentials: { mechanism: ScramMechanism; iterations: number }[] }
/** `salt`: random, of 16 bytes or more. `iterations`: 4,096 (by default 8,192) to 16,384. */
export interface ScramUpsertion { name: string; mechanism: ScramMechanism; password: string; salt: Buffer; iterations?: number }
export interface ScramDeletion { name: string; mechanism: ScramMechanism }

const DEFAULT_ITERATIONS = 8_192;

/** `names` null: all. Names that no user has are left out. Throws CLUSTER_AUTHORIZATION_FAILED, UNSUPPORTED_VERSION (hosted clusters keep their users elsewhere). */
export async function describeScramUsers(cluster: Cluster, names: readonly string[] | null): Promise<ScramUser[]> {
  const answer = await cluster.any(async (c) => {
    const described = await c.send(DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, { users: names === null ? null : names.map((name) => ({ name })) });
    raise(described.errorCode, described.errorMessage);
    return described;
  });
  return answer.results.filter(({ errorCode, errorMessage }) => {
    if (errorCode !== ErrorCode.RESOURCE_NOT_FOUND) raise(errorCode, errorMessage);
    return errorCode === ErrorCode.NONE;
  }).map(({ user, credentialInfos }) => ({
    name: user,
    credentials: credentialInfos.flatMap(({ mechanism, iterations }) => { const known = MECHANISMS.get(mechanism); return known === undefined ? [] : [{ mechanism: known, iterations }]; }),
  }));
}

/**
 * A user's changes are all made or none; the first refusal is thrown: RESOURCE_NOT_FOUND for a deletion of what there isn't, UNACCEPTABLE_CREDENTIAL,
 * DUPLICATE_RESOURCE for a user and mechanism named twice, CLUSTER_AUTHORIZATION_FAILED. Brokers know of the change some milliseconds later.
 */
export async function alterScramUsers(cluster: Cluster, changes: { upsertions?: readonly ScramUpsertion[]; deletions?: readonly ScramDeletion[] }): Promise<void> {
  const upsertions = await Promise.all((changes.upsertions ?? []).map(async ({ name, mechanism, password, salt, iterations = DEFAULT_ITERATIONS }) => (
    { name, mechanism: MECHANISM_IDS[mechanism], iterations, salt, saltedPassword: await saltPassword(mechanism, password, salt, iterations) })));
  const deletions = (changes.deletions ?? []).map(({ name, mechanism }) => ({ name, mechanism: MECHANISM_IDS[mechanism] }));
  await cluster.controller(async (c) => {
    const answer = await c.send(AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, { upsertions, deletions });
    for (const { errorCode, errorMessage } of answer.results) raise(errorCode, errorMessage);
  }, { repeatable: deletions.length === 0 });
}
