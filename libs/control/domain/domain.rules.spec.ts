import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { changeClusterConfig, checkAvailability, parseAvailability, parseClusterConfig, parseDiskLimit, parseFlushMode, type ClusterConfigInput } from './cluster-config.js';
import { createCrashPoints, crashPoints } from './crash-points.js';
import { makeVerifiers, newCredential, scramVerifier, verifySecret } from './credentials.js';
import { cloudClusterCrn, environmentCrn, kafkaCrn, organizationCrn, parseCrnScope, scopeCrn } from './crn.js';
import { newApiKeyId, newClusterId, newEnvironmentId, newKafkaClusterId, newOrganizationId, randomText } from './ids.js';
import { encodeCursor, parsePage, toPage } from './paging.js';
import { parseCloud, resolveRegion } from './regions.js';
import { checkTopicName, topicNameWarning } from './topic-names.js';

const code = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('ids', () => {
  it('have their prefixes and alphabets, and don\'t repeat', () => {
    expect(newEnvironmentId()).toMatch(/^env-[0-9a-z]{8}$/);
    expect(newApiKeyId()).toMatch(/^[A-Z0-9]{16}$/);
    expect(newOrganizationId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(Array.from({ length: 1_000 }, () => newClusterId())).size).toBe(1_000);
    for (let index = 0; index < 1_000; index += 1) expect(newKafkaClusterId()).toMatch(/^[A-Za-z0-9_][\w-]{21}$/);
  });

  it('are uniform: bytes beyond the last whole multiple are thrown away', () => {
    const bytes = [255, 254, 252, 251, 0, 1];
    expect(randomText('ABC', 3, (length) => Buffer.from(Array.from({ length }, () => bytes.shift() ?? 2)))).toBe('CAC');
  });
});

describe('credentials', () => {
  it('follow RFC 5802 and RFC 7677', async () => {
    // RFC 7677 §3: user "user", password "pencil".
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const { storedKey, serverKey } = await scramVerifier('SCRAM-SHA-256', 'pencil', salt, 4096);
    const auth = 'n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    expect(createHmac('sha256', Buffer.from(serverKey, 'base64')).update(auth).digest('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    const signature = createHmac('sha256', Buffer.from(storedKey, 'base64')).update(auth).digest();
    const clientKey = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64').map((byte, index) => byte ^ signature[index]);
    expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
  });

  it('make a secret with its verifiers, and tell it from any other', async () => {
    const { secret, verifiers } = await newCredential();
    expect(secret).toMatch(/^slc_[A-Za-z0-9]{64}$/);
    expect(verifySecret(secret, verifiers.secretSha256)).toBe(true);
    expect(verifySecret(`${secret} `, verifiers.secretSha256)).toBe(false);
    expect(verifySecret(secret, null)).toBe(false);
    const { salt, iterations, storedKey } = (await makeVerifiers(secret)).scram['SCRAM-SHA-512'];
    const salted = pbkdf2Sync(secret, Buffer.from(salt, 'base64'), iterations, 64, 'sha512');
    expect(createHash('sha512').update(createHmac('sha512', salted).update('Client Key').digest()).digest('base64')).toBe(storedKey);
    expect(iterations).toBe(8_192);
  });
});

describe('resource names', () => {
  it('are cut where clients cut them, and read back', () => {
    expect(kafkaCrn('o', 'env-1', 'lkc-1')).toBe('crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1/kafka=lkc-1');
    for (const crn of [organizationCrn('o'), environmentCrn('o', 'env-1'), cloudClusterCrn('o', 'env-1', 'lkc-1')]) expect(scopeCrn(parseCrnScope(crn))).toBe(crn);
    expect(parseCrnScope(kafkaCrn('o', 'env-1', 'lkc-1'))).toEqual({ organizationId: 'o', environmentId: 'env-1', clusterId: 'lkc-1', within: false });
    expect(parseCrnScope(`${organizationCrn('o')}/*`).within).toBe(true);
  });

  it.each(['', 'crn://', 'crn://confluent.cloud/organization=', 'crn://confluent.cloud/environment=env-1', `${organizationCrn('o')}/cloud-cluster=lkc-1`,
    `${cloudClusterCrn('o', 'env-1', 'lkc-1')}/kafka=lkc-2`, `${organizationCrn('o')}/**`, `crn://x/organization=${'o'.repeat(2_000)}`])('refuses %j', (text) => {
    expect(code(() => parseCrnScope(text))).toBe('invalid_crn');
  });
});

describe('cluster configurations', () => {
  it.each<[ClusterConfigInput, string]>([
    [{ kind: 'Basic' }, 'none'], [{ kind: 'Standard' }, 'none'], [{ kind: 'Enterprise', maxEcku: 2 }, 'none'], [{ kind: 'Freight' }, 'none'], [{ kind: 'Dedicated', cku: 1 }, 'none'],
    [{ kind: 'Dedicated' }, 'invalid_configuration'], [{ kind: 'Dedicated', cku: 0 }, 'invalid_configuration'], [{ kind: 'Dedicated', cku: 1.5 }, 'invalid_configuration'],
    [{ kind: 'Dedicated', cku: 101 }, 'invalid_configuration'], [{ kind: 'Dedicated', cku: 1, maxEcku: 1 }, 'invalid_configuration'],
    [{ kind: 'Basic', cku: 1 }, 'invalid_configuration'], [{ kind: 'basic' }, 'invalid_configuration'], [{ kind: '' }, 'invalid_configuration'], [{ kind: 'Basic', maxEcku: 0 }, 'invalid_configuration'],
  ])('%j: %s', (input, expected) => { expect(code(() => parseClusterConfig(input))).toBe(expected); });

  it('bind size to availability', () => {
    expect(code(() => checkAvailability({ kind: 'Dedicated', cku: 1 }, 'MULTI_ZONE'))).toBe('invalid_configuration');
    expect(code(() => checkAvailability({ kind: 'Dedicated', cku: 2 }, 'MULTI_ZONE'))).toBe('none');
    expect(code(() => checkAvailability({ kind: 'Basic' }, 'HIGH'))).toBe('none');
    expect(code(() => changeClusterConfig({ kind: 'Dedicated', cku: 2 }, { kind: 'Dedicated', cku: 1 }, 'MULTI_ZONE'))).toBe('invalid_configuration');
  });

  it.each([['Basic', 'Basic', 'none'], ['Basic', 'Standard', 'none'], ['Standard', 'Basic', 'immutable_field'], ['Basic', 'Enterprise', 'immutable_field'], ['Freight', 'Standard', 'immutable_field']] as const)(
    '%s to %s: %s', (from, to, expected) => { expect(code(() => changeClusterConfig({ kind: from }, { kind: to }, 'SINGLE_ZONE'))).toBe(expected); });

  it('know their words', () => {
    expect([parseFlushMode('ack'), parseFlushMode('os'), parseAvailability('LOW'), parseCloud('aws')]).toEqual(['ack', 'os', 'LOW', 'AWS']);
    expect([null, 0, 16 << 20, 5e12].map((bytes) => parseDiskLimit(bytes))).toEqual([null, null, 16 << 20, 5e12]);
    expect([-1, 1, (16 << 20) - 1, 2 ** 24 + 0.5, 2 ** 53].map((bytes) => code(() => parseDiskLimit(bytes)))).toEqual(Array(5).fill('invalid_configuration'));
    expect([code(() => parseFlushMode('none')), code(() => parseAvailability('low')), code(() => parseCloud('IBM'))]).toEqual(['invalid_configuration', 'invalid_availability', 'invalid_cloud']);
  });
});

describe('regions', () => {
  it.each([['here', true, 'none'], ['us-east-2', true, 'none'], ['zone-1', true, 'invalid_region'], ['', true, 'invalid_region'], ['a b', true, 'invalid_region'],
    ['here', false, 'none'], ['us-east-2', false, 'invalid_region']] as const)('%s with aliases %s: %s', (name, aliases, expected) => {
    expect(code(() => resolveRegion(name, { aliases, regions: [{ name: 'here', engine: 'a' }, { name: 'zone-large', engine: 'b' }] }))).toBe(expected);
  });
});

describe('topic names', () => {
  it.each([['', 'empty'], ['.', 'dots'], ['..', 'dots'], ['...', null], ['a', null], ['a'.repeat(248), null], ['a'.repeat(249), 'length'], ['a b', 'characters'], ['ä', 'characters'],
    ['a/b', 'characters'], ['a\u0000', 'characters'], ['😀', 'characters'], ['__consumer_offsets', 'internal'], ['__transaction_state', 'internal'], ['__consumer_offset', null], ['A.b-c_9', null]])(
    '%j: %s', (name, rule) => { expect(checkTopicName(name)?.rule ?? null).toBe(rule); });

  it('name the character and the length', () => {
    expect(checkTopicName('a😀')?.message).toContain('😀');
    expect(checkTopicName('a'.repeat(300))?.message).toContain('300');
    expect(topicNameWarning('a.b_c')).toContain('a.b_c');
    expect(topicNameWarning('a.b')).toBeNull();
  });
});

describe('pages', () => {
  it('come back where they ended', () => {
    const cursor = { createdAt: new Date(1_700_000_000_123), id: 'env-1' };
    expect(parsePage({ pageToken: encodeCursor(cursor) }).after).toEqual(cursor);
    const read = [1, 2, 3].map((n) => ({ createdAt: new Date(n), id: `x-${n}` }));
    expect(toPage({ limit: 2, after: null }, read, 3)).toMatchObject({ items: read.slice(0, 2), totalSize: 3, nextPageToken: encodeCursor(read[1]) });
    expect(toPage({ limit: 3, after: null }, read, 1_001)).toMatchObject({ nextPageToken: null, totalSize: null });
    expect(toPage({ limit: 3, after: null }, [], 0)).toMatchObject({ items: [], nextPageToken: null, totalSize: 0 });
  });
});

describe('crash points', () => {
  it('strike the n-th time, at a known place only', () => {
    let crashes = 0;
    const points = createCrashPoints('prepare.after:2', () => { crashes += 1; });
    for (const point of ['prepare.before', 'prepare.after', 'prepare.before'] as const) points.pass(point);
    expect(crashes).toBe(0);
    points.pass('prepare.after');
    expect(crashes).toBe(1);
    expect(() => createCrashPoints('nowhere:1', () => undefined)).toThrow('names no crash point');
    expect(() => createCrashPoints('prepare.after:x', () => undefined)).toThrow('names no crash point');
    for (const point of crashPoints) createCrashPoints(undefined, () => { throw new Error('never'); }).pass(point);
  });
});
