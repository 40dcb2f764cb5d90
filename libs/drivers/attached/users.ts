/** API keys of an attached cluster are SCRAM users of its own, named like the key: made when a key is, taken out when it is no more. */
import { randomBytes } from 'node:crypto';
import { ControlFailure, type RemoteCluster, type RemoteLogin, type RemoteUsersRemoved } from '#libs/control/domain';
import { alterScramUsers, ClusterAuthenticationError, connectBroker, describeScramUsers, type Cluster, type ClusterEnv } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { attachedLimits } from './attached.limits.js';
import { CLIENT_ID, bounds } from './remote-login.js';

const SALT_BYTES = 24;

const pause = (env: ClusterEnv, ms: number): Promise<void> => new Promise((resolve) => { env.timers.set(ms, resolve); });

export async function addScramUser(env: ClusterEnv, { remote, cluster }: { remote: RemoteCluster; cluster: Cluster }, tls: RemoteLogin['tls'], { name, password }: { name: string; password: string }): Promise<void> {
  const mechanism = remote.findings.keyMechanism;
  if (mechanism === null) throw new ControlFailure('not_supported_by_engine', `the Kafka cluster ${remote.clusterId} has no API keys: ${remote.findings.reasons.keys ?? 'it can\'t keep them'}`);
  try {
    await alterScramUsers(cluster, { upsertions: [{ name, mechanism, password, salt: randomBytes(SALT_BYTES) }] });
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const why = error.code === ErrorCode.CLUSTER_AUTHORIZATION_FAILED ? 'the credential that it was attached with may not alter it any more (Alter on Cluster)' : `it answers ${error.codeName}: ${error.message}`;
    throw new ControlFailure('not_supported_by_engine', `the Kafka cluster ${remote.clusterId} doesn't take the key: ${why}`);
  }
  await untilKnown(env, remote, { tls, sasl: { mechanism, username: name, password } });
}

/** The brokers hear of a user some moments after the controller has taken it. A key that is late is told nevertheless. */
async function untilKnown(env: ClusterEnv, { connection }: RemoteCluster, login: RemoteLogin): Promise<void> {
  const endsMs = env.clock.monotonic() + attachedLimits.userWaitMs;
  for (let delayMs = 10; env.clock.monotonic() < endsMs; delayMs *= 2) {
    try {
      (await connectBroker(env, { ...connection.bootstrap[0]!, ...bounds, ...login, clientId: CLIENT_ID })).close();
      return;
    } catch (error) {
      if (!(error instanceof ClusterAuthenticationError)) return;
      await pause(env, delayMs);
    }
  }
}

/** All of a user's credentials; one that isn't there has been taken out already. Resolves when a broker knows of it, or a little later at most. */
export async function removeScramUsers(env: ClusterEnv, cluster: Cluster, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const found = await describeScramUsers(cluster, names);
  const deletions = found.flatMap(({ name, credentials }) => credentials.map(({ mechanism }) => ({ name, mechanism })));
  if (deletions.length === 0) return;
  await alterScramUsers(cluster, { deletions });
  const endsMs = env.clock.monotonic() + attachedLimits.userGoneMs;
  for (let delayMs = 5; env.clock.monotonic() < endsMs && (await describeScramUsers(cluster, names)).length > 0; delayMs *= 2) await pause(env, delayMs);
}

export const noUsers: RemoteUsersRemoved = { removed: [], left: [], reason: null };
