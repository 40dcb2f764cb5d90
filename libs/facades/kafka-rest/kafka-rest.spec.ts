import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { ClusterAuthenticationError, ClusterUnreachableError } from '#libs/kafka/client';
import { fromClusterError, fromKafkaError, kafkaRestDialect } from './error.presenter.js';
import { operationNames, toAcl, toDeletionFilter, toFilter } from './v3/acl.mapper.js';
import { linksOf } from './v3/envelope.presenter.js';
import { presentLagSummary } from './v3/group.presenter.js';

const problem = (status: number, code: string) => ({ status, code, details: [{ detail: 'text' }], requestId: 'r', headers: {} });

describe('errors of the REST proxy', () => {
  it.each([[400, 400, 40002], [401, 401, 40101], [403, 403, 40301], [404, 404, 404], [409, 400, 40002], [413, 413, 413], [415, 415, 415], [422, 400, 40002], [429, 429, 429]])(
    'answers %i as HTTP %i with error_code %i', (given, status, errorCode) => {
      expect(kafkaRestDialect.present(problem(given, 'any'))).toEqual({ status, body: { error_code: errorCode, message: 'text' } });
    });
  it('asks to try again while a cluster is being made, or paused', () => {
    expect(['cluster_not_ready', 'cluster_paused'].map((code) => kafkaRestDialect.present(problem(409, code)).status)).toEqual([503, 503]);
  });
  it.each([
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 404, 'kafka_40403'], [ErrorCode.TOPIC_AUTHORIZATION_FAILED, 403, 'kafka_40301'], [ErrorCode.TOPIC_ALREADY_EXISTS, 400, 'kafka_40002'],
    [ErrorCode.INVALID_REPLICATION_FACTOR, 400, 'kafka_40002'], [ErrorCode.COORDINATOR_NOT_AVAILABLE, 503, 'kafka_50302'],
  ])('turns Kafka error %i into HTTP %i', (code, status, name) => {
    expect(fromKafkaError(new KafkaError(code))).toMatchObject({ status, code: name });
  });
  it('finds a caller\'s own key at fault, not that of whom the platform\'s login is refused for', () => {
    const refused = new ClusterAuthenticationError('no');
    expect(fromClusterError(refused, { kind: 'cluster-key' })).toMatchObject({ status: 401 });
    expect(fromClusterError(refused, { kind: 'cloud-key' })).toBe(refused);
    const broken = new ClusterUnreachableError('no answer', undefined, true);
    expect(fromClusterError(broken, { kind: 'cluster-key' })).toBe(broken);
  });
});

describe('ACLs', () => {
  const acl = { resource_type: 'TOPIC', resource_name: 'orders', pattern_type: 'LITERAL', principal: 'User:sa-1', host: '*', operation: 'WRITE', permission: 'ALLOW' };
  it('has names for the protocol\'s numbers', () => {
    expect(toAcl(acl)).toEqual({ resourceType: 2, resourceName: 'orders', patternType: 3, principal: 'User:sa-1', host: '*', operation: 4, permissionType: 3 });
  });
  it.each(['ANY', 'UNKNOWN', 'constructor', 'WRITES'])('refuses to create one with operation %s', (operation) => {
    expect(() => toAcl({ ...acl, operation })).toThrow('operation must be one of');
  });
  it('takes absent and empty filters for everything, and the CLI\'s way to say so', () => {
    const all = { resourceType: 1, resourceName: null, patternType: 1, principal: null, host: null, operation: 1, permissionType: 1 };
    expect(toFilter({})).toEqual(all);
    expect(toFilter({ principal: 'UserV2:*', host: '*', resource_name: '' })).toEqual(all);
  });
  it('wants a deletion to be explicit', () => {
    expect(() => toDeletionFilter({ resource_type: 'TOPIC', pattern_type: 'ANY', operation: 'ANY' })).toThrow('permission is required');
  });
  it('names the operations of a bit field', () => {
    expect(operationNames((1 << 3) | (1 << 8))).toEqual(['READ', 'DESCRIBE']);
  });
});

describe('links', () => {
  it('escapes what stands in a path and names resources', () => {
    const links = linksOf('http://h:1', 'lkc-1');
    expect(links.metadata('topics', 'a b', 'partitions', 0)).toEqual({ self: 'http://h:1/kafka/v3/clusters/lkc-1/topics/a%20b/partitions/0', resource_name: 'crn:///kafka=lkc-1/topic=a b/partition=0' });
  });
});

describe('lag', () => {
  it('sums up and names the worst partition', () => {
    const row = (partition: number, lag: number) => ({ topic: 't', partition, currentOffset: 0, logEndOffset: lag, lag, member: null });
    expect(presentLagSummary('g', [row(0, 3), row(1, 9)], linksOf('', 'lkc-1'))).toMatchObject({ max_lag: 9, max_lag_partition_id: 1, total_lag: 12 });
    expect(() => presentLagSummary('g', [], linksOf('', 'lkc-1'))).toThrow('committed no offsets');
  });
});
