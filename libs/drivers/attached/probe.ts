/** The test of a cluster before it is attached: every bootstrap and every advertised address is really connected to, and the cluster says what it can. */
import { ControlFailure, hostPortText, type HostPort, type RemoteBroker, type RemoteConnection, type RemoteFindings, type RemoteSecrets } from '#libs/control/domain';
import { ClusterUnreachableError, connectBroker, type BrokerConnection, type ClientEnv } from '#libs/kafka/client';
import {
  AlterUserScramCredentialsRequest, ApiVersionsRequest, ApiVersionsResponse, DescribeAclsRequest, DescribeAclsResponse, DescribeClusterRequest, DescribeClusterResponse,
  DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, ErrorCode, KafkaError, MetadataRequest, MetadataResponse, SaslHandshakeRequest, SaslHandshakeResponse,
  type MessageCodec,
} from '#libs/kafka/protocol';
import type { TimerHandle } from '#libs/kernel';
import { attachedLimits } from './attached.limits.js';
import { capableOf } from './capabilities.js';
import { clipped, failureOf } from './reasons.js';
import { CLIENT_ID, loginOf, bounds, usesSasl } from './remote-login.js';

interface Described { clusterId: string; brokers: RemoteBroker[]; /** Bits by Kafka's numbers of operations; null: it doesn't tell. */ operations: number | null }

const DIALECT = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' };
const NOT_TOLD = -2147483648;
/** Of calls that transactions need: InitProducerId, AddPartitionsToTxn, EndTxn. */
const TRANSACTION_KEYS = [22, 24, 26];
const ALTER = 7;
const DESCRIBE = 8;
const ALL_ACLS = { resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1, principalFilter: 'User:sluice-asks-whether-there-are-acls', hostFilter: null, operation: 1, permissionType: 1 };

const offers = (connection: BrokerConnection, codec: unknown): boolean => connection.version(codec as MessageCodec<unknown>) !== null;

async function describe(connection: BrokerConnection): Promise<Described> {
  const told = (operations: number): number | null => (operations === NOT_TOLD ? null : operations);
  if (!offers(connection, DescribeClusterRequest)) {
    // Before Kafka 2.8.
    const { clusterId, brokers } = await connection.send(MetadataRequest, MetadataResponse, { topics: [] });
    return { clusterId: clusterId ?? '', operations: null, brokers: brokers.map(({ nodeId, host, port, rack }) => ({ nodeId, host, port, rack })) };
  }
  const answer = await connection.send(DescribeClusterRequest, DescribeClusterResponse, { includeClusterAuthorizedOperations: true });
  if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode as ErrorCode, answer.errorMessage ?? 'the cluster can\'t be described');
  return { clusterId: answer.clusterId, operations: told(answer.clusterAuthorizedOperations), brokers: answer.brokers.map(({ brokerId, host, port, rack }) => ({ nodeId: brokerId, host, port, rack })) };
}

/** Of all at once, so many at a time; the first failure ends it. */
async function each<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!, index);
  };
  await Promise.all(Array.from({ length: Math.min(attachedLimits.concurrency, items.length) }, worker));
  return results;
}

/** What the cluster says no with, or null. Anything but an answer is thrown. */
function refusal(errorCode: number, errorMessage: string | null): string | null {
  if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.RESOURCE_NOT_FOUND) return null;
  const { codeName } = new KafkaError(errorCode as ErrorCode, '');
  return errorMessage === null || errorMessage === '' ? codeName : `${codeName}, ${clipped(errorMessage)}`;
}

interface Refusal { errorCode: number; errorMessage: string | null }

async function asked(question: () => Promise<Refusal>): Promise<string | null> {
  try {
    const { errorCode, errorMessage } = await question();
    return refusal(errorCode, errorMessage);
  } catch (error) {
    // Some hang up on what they don't like to be asked.
    return error instanceof Error ? clipped(error.message) : 'it does not say';
  }
}

/** A handshake without what follows it: the answer names all that the listener takes. */
async function mechanismsOf(link: BrokerConnection, { mechanism }: RemoteConnection): Promise<string[]> {
  const { mechanisms } = await link.send(SaslHandshakeRequest, SaslHandshakeResponse, { mechanism: mechanism ?? '' });
  link.close();
  return mechanisms.filter(isName).slice(0, attachedLimits.namesMax);
}

async function inTime<T>(env: ClientEnv, work: Promise<T>): Promise<T> {
  const timer: { handle: TimerHandle | null } = { handle: null };
  const late = new Promise<never>((_resolve, reject) => {
    timer.handle = env.timers.set(attachedLimits.probeMs, () => reject(new ControlFailure('remote_unreachable', `the cluster wasn't tested within ${attachedLimits.probeMs / 1000} s: some of its brokers answer too slowly or not at all`, { source: { pointer: '/bootstrap_servers' } })));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (timer.handle !== null) env.timers.cancel(timer.handle);
  }
}

export function createProbe(env: ClientEnv): (connection: RemoteConnection, secrets: RemoteSecrets) => Promise<RemoteFindings> {
  return async (connection, secrets) => {
    const open: BrokerConnection[] = [];
    const login = loginOf(connection, secrets);
    let isOver = false;
    const connect = async (address: HostPort, withLogin = true): Promise<BrokerConnection> => {
      if (isOver) throw new ClusterUnreachableError('the test is over');
      const made = await connectBroker(env, { ...address, ...bounds, clientId: CLIENT_ID, tls: login.tls, sasl: withLogin ? login.sasl : null });
      if (isOver) made.close();
      open.push(made);
      return made;
    };

    async function first(address: HostPort, index: number): Promise<{ address: HostPort; link: BrokerConnection; described: Described }> {
      const source = { pointer: `/bootstrap_servers/${index}` };
      const link = await connect(address).catch((error: unknown) => { throw failureOf(error, hostPortText(address), source); });
      const described = await describe(link).catch((error: unknown) => {
        if (!usesSasl(connection) && !(error instanceof KafkaError)) throw new ControlFailure('remote_login_refused', `${hostPortText(address)}: it ends the connection when it is asked something without a login: does its listener want SASL?`, { source: { pointer: '/security_protocol' } });
        throw failureOf(error, hostPortText(address), source);
      });
      return { address, link, described };
    }

    async function test(): Promise<RemoteFindings> {
      const answers = await each(connection.bootstrap, first);
      const [{ address: asker, link, described }] = answers as [(typeof answers)[number]];
      checkDescribed(answers);
      const known = new Map(answers.map(({ address, link: made }) => [hostPortText(address), made]));
      const links = await each(described.brokers, async (broker) => {
        const address = { host: broker.host, port: broker.port };
        try {
          return known.get(hostPortText(address)) ?? await connect(address);
        } catch (error) {
          throw failureOf(error, `broker ${broker.nodeId} advertises ${hostPortText(address)}`, { pointer: '/bootstrap_servers' });
        }
      });
      const hasAll = (...codecs: readonly unknown[]): boolean => links.every((made) => codecs.every((codec) => offers(made, codec)));
      const versions = await Promise.all(links.map((made) => made.send(ApiVersionsRequest, ApiVersionsResponse, DIALECT)));
      const hasScramCalls = hasAll(AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest);
      const mechanisms = usesSasl(connection) ? await mechanismsOf(await connect(connection.bootstrap[0]!, false), connection) : [];
      // Whoever hung up on one question may answer the next.
      const ask = async (question: (made: BrokerConnection) => Promise<Refusal>): Promise<string | null> => asked(async () => question(link.open ? link : await connect(asker)));
      const capable = capableOf({
        mechanisms,
        hasTransactions: versions.every(({ apiKeys }) => TRANSACTION_KEYS.every((key) => apiKeys.some(({ apiKey }) => apiKey === key))), hasScramCalls,
        scramRefusal: hasScramCalls ? await ask((made) => made.send(DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, { users: [{ name: 'sluice-asks-whether-it-may' }] })) : null,
        mayAlter: described.operations === null ? null : (described.operations & (1 << ALTER)) !== 0,
        aclsRefusal: hasAll(DescribeAclsRequest) ? await ask((made) => made.send(DescribeAclsRequest, DescribeAclsResponse, ALL_ACLS)) : 'the cluster doesn\'t offer DescribeAcls',
      });
      return {
        kafkaClusterId: described.clusterId, brokers: [...described.brokers].sort((one, other) => one.nodeId - other.nodeId),
        mechanisms,
        features: Object.fromEntries((versions[0]?.finalizedFeatures ?? []).filter(({ name }) => isName(name)).slice(0, attachedLimits.namesMax).map(({ name, maxVersionLevel }) => [name, maxVersionLevel])), ...capable,
      };
    }

    try {
      return await inTime(env, test());
    } catch (error) {
      throw failureOf(error, 'the cluster', { pointer: '/bootstrap_servers' });
    } finally {
      isOver = true;
      for (const made of open) made.close();
    }
  };
}

/** Printable, and no longer than it is worth keeping. */
const isName = (text: string): boolean => text !== '' && text.length <= attachedLimits.nameLengthMax && !/\p{Cc}/u.test(text);

/** Null, or what no Kafka cluster says of its brokers. */
function brokersProblem(brokers: readonly RemoteBroker[]): string | null {
  if (new Set(brokers.map(({ nodeId }) => nodeId)).size < brokers.length) return 'it lists a broker twice';
  const odd = brokers.find(({ nodeId, host, port, rack }) => nodeId < 0 || !isName(host) || port < 1 || port > 65_535 || (rack !== null && rack !== '' && !isName(rack)));
  return odd === undefined ? null : `what it says of broker ${odd.nodeId} can't be`;
}

function checkDescribed(answers: readonly { address: HostPort; described: Described }[]): void {
  const { described, address } = answers[0]!;
  const source = { pointer: '/bootstrap_servers' };
  if (described.clusterId === '' || described.brokers.length === 0) throw new ControlFailure('remote_not_kafka', `${hostPortText(address)}: it names no cluster id or no broker`, { source });
  if (!isName(described.clusterId)) throw new ControlFailure('remote_not_kafka', `${hostPortText(address)}: what it calls its cluster id is none`, { source });
  const other = answers.find((each) => each.described.clusterId !== described.clusterId);
  if (other) throw new ControlFailure('remote_other_cluster', `${hostPortText(address)} belongs to the cluster ${described.clusterId} and ${hostPortText(other.address)} to ${clipped(other.described.clusterId)}: bootstrap_servers must be of one cluster`, { source });
  if (described.brokers.length > attachedLimits.brokersMax) throw new ControlFailure('remote_unreachable', `the cluster lists ${described.brokers.length} brokers; at most ${attachedLimits.brokersMax} are managed`, { source });
  const problem = brokersProblem(described.brokers);
  if (problem !== null) throw new ControlFailure('remote_not_kafka', `${hostPortText(address)}: ${problem}`, { source });
  if (described.operations !== null && (described.operations & (1 << DESCRIBE)) === 0) {
    throw new ControlFailure('remote_not_authorized', `${hostPortText(address)}: the credential may not describe the cluster: give its principal the right to (Describe on Cluster)`, { source: { pointer: '/username' } });
  }
}
