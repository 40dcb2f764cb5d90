import fc from 'fast-check';
import { AclOperation as Op, AclPermission, PatternType, ResourceType, type AclImage, type MetadataImage } from '../controller/index.js';
import { createAuthorizer } from './authorizer.js';
import type { Authorizer } from './api.js';

type Acl = Omit<AclImage, 'id'>;
const acl = (over: Partial<Acl>): Acl => ({
  resourceType: ResourceType.topic, resourceName: 't', patternType: PatternType.literal, principal: 'User:a', host: '*', operation: Op.read, permissionType: AclPermission.allow, ...over,
});
function authorizerOf(acls: readonly Acl[]): Authorizer & { replace(next: readonly Acl[]): void } {
  const image = (list: readonly Acl[]): MetadataImage => ({ acls: new Map(list.map((entry, index) => [String(index), { ...entry, id: String(index) }])) }) as unknown as MetadataImage;
  let listener: (next: MetadataImage, previous: MetadataImage) => void = () => undefined;
  const authorizer = createAuthorizer({
    controller: { image: image(acls), onImage: (handler) => { listener = handler; } }, principals: { hasGrant: (principal) => principal.name === 'granted' }, superUsers: ['User:CN=super,O=x'],
  });
  return { ...authorizer, replace: (next) => listener(image(next), image([])) };
}
const alice = { type: 'User', name: 'a' };
const may = (acls: readonly Acl[], operation: number, name = 't', host = '10.0.0.1', resourceType: number = ResourceType.topic): boolean => authorizerOf(acls).authorize(alice, host, operation, resourceType, name);
const deny = { permissionType: AclPermission.deny };

describe('decisions', () => {
  it.each<[string, Acl[], number, boolean]>([
    ['no ACL', [], Op.read, false],
    ['literal', [acl({})], Op.read, true],
    ['another operation', [acl({})], Op.write, false],
    ['read implies describe', [acl({})], Op.describe, true],
    ['create does not imply describe', [acl({ operation: Op.create })], Op.describe, false],
    ['alterConfigs implies describeConfigs', [acl({ operation: Op.alterConfigs })], Op.describeConfigs, true],
    ['deny of read does not deny describe', [acl({ operation: Op.describe }), acl(deny)], Op.describe, true],
    ['deny wins', [acl({}), acl(deny)], Op.read, false],
    ['deny all wins', [acl({}), acl({ ...deny, operation: Op.all })], Op.read, false],
    ['prefixed deny wins over literal allow', [acl({}), acl({ ...deny, patternType: PatternType.prefixed, resourceName: 't' })], Op.read, false],
    ['all', [acl({ operation: Op.all })], Op.alterConfigs, true],
    ['wildcard name', [acl({ resourceName: '*' })], Op.read, true],
    ['prefix `*` is no wildcard', [acl({ resourceName: '*', patternType: PatternType.prefixed })], Op.read, false],
    ['wildcard principal', [acl({ principal: 'User:*' })], Op.read, true],
    ['another principal', [acl({ principal: 'User:b' })], Op.read, false],
    ['host', [acl({ host: '10.0.0.1' })], Op.read, true],
    ['another host', [acl({ host: '10.0.0.2' })], Op.read, false],
    ['another type', [acl({ resourceType: ResourceType.group })], Op.read, false],
  ])('%s', (_name, acls, operation, expected) => { expect(may(acls, operation)).toBe(expected); });

  it('leaves super users and role grants unbound', () => {
    const authorizer = authorizerOf([acl({ ...deny, principal: 'User:*', operation: Op.all, resourceName: '*' })]);
    for (const name of ['CN=super,O=x', 'granted']) expect(authorizer.authorize({ type: 'User', name }, 'h', Op.delete, ResourceType.topic, 'x')).toBe(true);
    expect(authorizer.authorizeByResourceType({ type: 'User', name: 'granted' }, 'h', Op.write, ResourceType.topic)).toBe(true);
  });
  it('follows the image', () => {
    const authorizer = authorizerOf([]);
    authorizer.replace([acl({})]);
    expect(authorizer.authorize(alice, 'h', Op.read, ResourceType.topic, 't')).toBe(true);
  });
  it('lists allowed operations as bits', () => {
    expect(authorizerOf([acl({})]).authorizedOperations(alice, 'h', ResourceType.topic, 't')).toBe((1 << Op.read) | (1 << Op.describe));
  });
});

describe('by resource type', () => {
  const some = (acls: readonly Acl[]): boolean => authorizerOf(acls).authorizeByResourceType(alice, 'h', Op.read, ResourceType.topic);
  it.each<[string, Acl[], boolean]>([
    ['one literal', [acl({})], true],
    ['literal denied', [acl({}), acl(deny)], false],
    ['a deny elsewhere', [acl({}), acl({ ...deny, resourceName: 'u' })], true],
    ['covered by a denied prefix', [acl({ resourceName: 'topic' }), acl({ ...deny, resourceName: 'to', patternType: PatternType.prefixed })], false],
    ['wildcard survives a denied prefix', [acl({ resourceName: '*' }), acl({ ...deny, resourceName: 'to', patternType: PatternType.prefixed })], true],
    ['wildcard deny', [acl({}), acl({ ...deny, resourceName: '*' })], false],
    ['prefix survives a literal deny', [acl({ resourceName: 'to', patternType: PatternType.prefixed }), acl({ ...deny, resourceName: 'to' })], true],
  ])('%s', (_name, acls, expected) => { expect(some(acls)).toBe(expected); });
  it('implies operations for wildcards only, as Kafka does', () => {
    const describes = (entry: Acl): boolean => authorizerOf([entry]).authorizeByResourceType(alice, 'h', Op.describe, ResourceType.topic);
    expect([describes(acl({ resourceName: '*' })), describes(acl({})), describes(acl({ resourceName: '*', operation: Op.create }))]).toEqual([true, false, false]);
  });
});

/** Written from the rules' text, one ACL at a time and without an index. */
function reference(acls: readonly Acl[], operation: number, resourceType: number, name: string, host: string): boolean {
  const applies = (entry: Acl): boolean => {
    if (entry.resourceType !== resourceType) return false;
    const named = entry.patternType === PatternType.literal ? entry.resourceName === '*' || entry.resourceName === name : name.startsWith(entry.resourceName);
    if (!named || !['User:a', 'User:*'].includes(entry.principal) || !['*', host].includes(entry.host)) return false;
    if (entry.operation === Op.all || entry.operation === operation) return true;
    if (entry.permissionType === AclPermission.deny) return false;
    if (operation === Op.describe) return [Op.read, Op.write, Op.delete, Op.alter].includes(entry.operation as 3);
    return operation === Op.describeConfigs && entry.operation === Op.alterConfigs;
  };
  const matching = acls.filter(applies);
  return matching.some((entry) => entry.permissionType === AclPermission.allow) && !matching.some((entry) => entry.permissionType === AclPermission.deny);
}

it('decides as the rules say for random ACLs', () => {
  const names = ['a', 'ab', 'abc', 'b', '*'];
  const arbitrary = fc.record({
    resourceType: fc.constantFrom(ResourceType.topic, ResourceType.group), resourceName: fc.constantFrom(...names), patternType: fc.constantFrom(PatternType.literal, PatternType.prefixed),
    principal: fc.constantFrom('User:a', 'User:b', 'User:*'), host: fc.constantFrom('*', 'h1', 'h2'), operation: fc.integer({ min: 2, max: 12 }),
    permissionType: fc.constantFrom<number>(AclPermission.allow, AclPermission.allow, AclPermission.deny),
  });
  fc.assert(fc.property(fc.array(arbitrary, { maxLength: 12 }), fc.integer({ min: 3, max: 12 }), fc.constantFrom(ResourceType.topic, ResourceType.group), fc.constantFrom('a', 'ab', 'abcd', 'b', 'z'), fc.constantFrom('h1', 'h3'),
    (acls, operation, resourceType, name, host) => {
      expect(may(acls, operation, name, host, resourceType)).toBe(reference(acls, operation, resourceType, name, host));
    }), { numRuns: 2000 });
});
