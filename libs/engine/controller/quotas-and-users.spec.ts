/** Quotas and SCRAM users: records, refusals, and the same state after a replay and out of a snapshot. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createTestEnv } from '../../kernel/testing/index.js';
import { ErrorCode, errorName } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { QuotaAlteration, ScramUpsertion } from './api.js';
import { CLUSTER_ID, imageContent, settled, startOn } from './controller.fixture.js';
import { controllerLimits } from './controller.limits.js';
import { emptyImage, type ControllerImage } from './image.js';
import { beginDelta } from './image-delta.js';
import { imageRecords } from './image-records.js';
import { canonicalIp } from './ip-address.js';
import { decideAlterQuotas } from './quotas.control.js';
import { describeQuotas } from './quotas.query.js';
import { decideAlterScramUsers } from './scram-users.control.js';

const empty = emptyImage(CLUSTER_ID);
function after(image: ControllerImage, records: readonly MetadataRecord[]): ControllerImage {
  const delta = beginDelta(image);
  records.forEach((record, index) => delta.replay(record, image.offset + 1 + index, 1));
  return delta.build();
}
type Names = Record<string, string | null>;
const entity = (names: Names) => Object.entries(names).map(([entityType, entityName]) => ({ entityType, entityName }));
const change = (names: Names, values: Record<string, number | null>): QuotaAlteration => ({ entity: entity(names), operations: Object.entries(values).map(([key, value]) => ({ key, value })) });
const refusals = (results: readonly { result: { errorCode: number; errorMessage: string | null } }[]): string[] => results.map(({ result }) => `${errorName(result.errorCode)}: ${result.errorMessage}`);

describe('AlterClientQuotas', () => {
  it('writes what changes, and only that', () => {
    const { records, result } = decideAlterQuotas(empty, [change({ user: 'u', 'client-id': null }, { producer_byte_rate: 5, request_percentage: 0.5, consumer_byte_rate: null })]);
    const pair = entity({ user: 'u', 'client-id': null });
    expect(records).toEqual([
      metadataRecord('ClientQuotaRecord', { entity: pair, key: 'producer_byte_rate', value: 5, remove: false }), metadataRecord('ClientQuotaRecord', { entity: pair, key: 'request_percentage', value: 0.5, remove: false }),
    ]);
    expect(refusals(result)).toEqual(['NONE: null']);
    const image = after(empty, records);
    expect(decideAlterQuotas(image, [{ entity: [...pair].reverse(), operations: [{ key: 'producer_byte_rate', value: 5 }] }]).records).toEqual([]);
    expect(decideAlterQuotas(image, [change({ user: 'u', 'client-id': null }, { producer_byte_rate: null })]).records).toEqual([metadataRecord('ClientQuotaRecord', { entity: pair, key: 'producer_byte_rate', value: 0, remove: true })]);
  });
  it.each<[string, Names, Record<string, number>]>([
    ['Invalid empty client quota entity', {}, {}], ['Unhandled client quota entity type: group', { group: 'g' }, {}], ['Empty user not supported', { user: '' }, {}],
    ['Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId', { ip: null, user: 'u' }, {}],
    ['300.0.0.1 is not a valid IP or resolvable host.', { ip: '300.0.0.1' }, {}], ['Invalid configuration key x', { user: 'u' }, { x: 1 }],
    ['Invalid configuration key connection_creation_rate', { user: 'u' }, { connection_creation_rate: 1 }], ['Invalid configuration key producer_byte_rate', { ip: null }, { producer_byte_rate: 1 }],
    ['Quota request_percentage must be greater than 0', { user: 'u' }, { request_percentage: 0 }], ['Quota request_percentage must be greater than 0', { user: 'u' }, { request_percentage: Number.NaN }],
    ['producer_byte_rate cannot be a fractional value.', { user: 'u' }, { producer_byte_rate: 1.5 }], ['Proposed value for producer_byte_rate is too large for a LONG.', { user: 'u' }, { producer_byte_rate: 1e300 }],
    ['Proposed value for connection_creation_rate is too large for an INT.', { ip: null }, { connection_creation_rate: 2 ** 31 }],
  ])('%s', (message, names, values) => {
    const { records, result } = decideAlterQuotas(empty, [change(names, values)]);
    expect([refusals(result), records]).toEqual([[`INVALID_REQUEST: ${message}`], []]);
  });
  it('takes names and numbers of quotas up to their limits', () => {
    const long = 'u'.repeat(controllerLimits.quotaNameCharsMax);
    expect(refusals(decideAlterQuotas(empty, [change({ user: long }, { producer_byte_rate: 1 }), change({ user: `${long}u` }, { producer_byte_rate: 1 })]).result).map((text) => text.split(':')[0])).toEqual(['NONE', 'INVALID_REQUEST']);
    const full = { ...empty, quotas: { ...empty.quotas, size: controllerLimits.quotasMax, get: () => undefined, has: () => false } } as unknown as ControllerImage;
    expect(decideAlterQuotas(full, [change({ user: 'u' }, { producer_byte_rate: 1 })]).result[0]!.result.errorCode).toBe(ErrorCode.POLICY_VIOLATION);
  });
  it('knows addresses', () => {
    expect(['10.0.0.1', '::1', '2001:DB8:0:0::1', '1.2.3', '1.2.3.4.5', '1.2.3.256', 'localhost', 'g::1', ''].map(canonicalIp)).toEqual(['10.0.0.1', '::1', '2001:db8::1', null, null, null, null, null, null]);
  });
});

describe('DescribeClientQuotas', () => {
  const image = after(empty, decideAlterQuotas(empty, [
    change({ user: 'u' }, { producer_byte_rate: 1, consumer_byte_rate: 2 }), change({ user: null }, { producer_byte_rate: 3 }), change({ user: 'u', 'client-id': 'c' }, { producer_byte_rate: 4 }), change({ ip: '10.0.0.1' }, { connection_creation_rate: 5 }),
  ]).records);
  const found = (components: Parameters<typeof describeQuotas>[1], strict = false): number[] => describeQuotas(image, components, strict).flatMap(({ values }) => values.map(({ value }) => value)).sort();
  it('fits every component, and nothing more when strict', () => {
    expect(found([])).toEqual([1, 2, 3, 4, 5]);
    expect(found([], true)).toEqual([]);
    expect(found([{ entityType: 'user', matchType: 0, match: 'u' }])).toEqual([1, 2, 4]);
    expect(found([{ entityType: 'user', matchType: 0, match: 'u' }], true)).toEqual([1, 2]);
    expect(found([{ entityType: 'user', matchType: 1, match: null }])).toEqual([3]);
    expect(found([{ entityType: 'user', matchType: 2, match: null }, { entityType: 'client-id', matchType: 2, match: null }])).toEqual([4]);
    expect(found([{ entityType: 'ip', matchType: 2, match: null }])).toEqual([5]);
  });
});

const salted = pbkdf2Sync('pencil', 'salt', 4096, 32, 'sha256');
const upsertion = (more: Partial<ScramUpsertion> = {}): ScramUpsertion => ({ name: 'bob', mechanism: 1, iterations: 4096, salt: Buffer.from('salt'), saltedPassword: salted, ...more });
const alter = (image: ControllerImage, deletions: { name: string; mechanism: number }[], upsertions: ScramUpsertion[]) => decideAlterScramUsers(image, deletions, upsertions, (name) => name === 'reserved');

describe('AlterUserScramCredentials', () => {
  it('keeps the keys of RFC 5802, not the salted password', () => {
    const { records } = alter(empty, [], [upsertion()]);
    const clientKey = createHmac('sha256', salted).update('Client Key').digest();
    expect(records).toEqual([metadataRecord('UserScramCredentialRecord', {
      name: 'bob', mechanism: 1, iterations: 4096, salt: Buffer.from('salt'), storedKey: createHash('sha256').update(clientKey).digest(), serverKey: createHmac('sha256', salted).update('Server Key').digest(),
    })]);
    const image = after(empty, records);
    expect(alter(image, [{ name: 'bob', mechanism: 1 }], []).records).toEqual([metadataRecord('RemoveUserScramCredentialRecord', { name: 'bob', mechanism: 1 })]);
    expect(after(image, alter(image, [{ name: 'bob', mechanism: 1 }], []).records).scramUsers.size).toBe(0);
  });
  it.each<[string, Partial<ScramUpsertion>]>([
    ['UNACCEPTABLE_CREDENTIAL: Username must not be empty', { name: '' }], ['UNSUPPORTED_SASL_MECHANISM: Unknown SCRAM mechanism', { mechanism: 3 }],
    ['UNACCEPTABLE_CREDENTIAL: Too few iterations', { iterations: 4095 }], ['UNACCEPTABLE_CREDENTIAL: Too many iterations', { iterations: 16_385 }],
    ['UNACCEPTABLE_CREDENTIAL: Username is longer than 255 characters', { name: 'b'.repeat(256) }], ['UNACCEPTABLE_CREDENTIAL: Salt is longer than 1024 bytes', { salt: Buffer.alloc(1025) }],
    ['UNACCEPTABLE_CREDENTIAL: Salted password must not be empty', { saltedPassword: Buffer.alloc(0) }],
    ['UNACCEPTABLE_CREDENTIAL: reserved is a key, a principal or a super user of the platform: choose another name', { name: 'reserved' }],
  ])('%s', (message, more) => {
    const { records, result } = alter(empty, [], [upsertion(more)]);
    expect([refusals(result), records]).toEqual([[message], []]);
  });
  it('alters nothing of a user that is named twice', () => {
    const image = after(empty, alter(empty, [], [upsertion()]).records);
    for (const { records, result } of [
      alter(image, [{ name: 'bob', mechanism: 1 }], [upsertion()]), alter(image, [], [upsertion(), upsertion({ mechanism: 2 })]), alter(image, [{ name: 'bob', mechanism: 1 }, { name: 'bob', mechanism: 1 }], []),
    ]) {
      expect(records).toEqual([]);
      expect(refusals(result)).toEqual(['DUPLICATE_RESOURCE: A user credential cannot be altered twice in the same request']);
    }
    expect(refusals(alter(image, [{ name: 'ann', mechanism: 1 }], []).result)).toEqual(['RESOURCE_NOT_FOUND: Attempt to delete a user credential that does not exist']);
  });
});

it('is the same after a restart and out of a snapshot', async () => {
  const env = createTestEnv();
  const controller = await startOn(env);
  await settled(env, controller.alterClientQuotas([change({ user: 'u' }, { producer_byte_rate: 5 }), change({ ip: null }, { connection_creation_rate: 7 })], { validateOnly: false }));
  await settled(env, controller.alterClientQuotas([change({ user: 'v' }, { producer_byte_rate: 5 })], { validateOnly: true }));
  await settled(env, controller.alterScramUsers([], [upsertion()], () => false));
  expect([controller.image.quotas.size, controller.image.scramUsers.size]).toEqual([2, 1]);
  const before = controller.image as ControllerImage;
  const replayed = after(emptyImage(CLUSTER_ID), [...imageRecords(before)]);
  expect([...imageRecords(replayed)]).toEqual([...imageRecords(before)]);
  const content = imageContent(controller);
  await settled(env, controller.shutdown());
  const again = await startOn(env);
  expect(imageContent(again).filter((each) => /Quota|Scram/.test(JSON.stringify(each)))).toEqual(content.filter((each) => /Quota|Scram/.test(JSON.stringify(each))));
});
