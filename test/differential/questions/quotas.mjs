// Questions on quotas and SCRAM users: every kind of entity, key, filter and refusal. What a question sets it takes away; nobody who asks is limited.
import { createHmac, pbkdf2Sync } from 'node:crypto';

const entity = (names) => Object.entries(names).map(([entityType, entityName]) => ({ entityType, entityName }));
const op = (key, value) => ({ key, value: value ?? 0, remove: value === undefined });
const KEYS = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'controller_mutation_rate'];
const LARGE = 1e9;
const change = (names, ...ops) => ({ entity: entity(names), ops });
const altered = (entries, more = {}) => ({ entries, validateOnly: false, ...more });

const kinds = (name) => [
  { user: name }, { user: null }, { 'client-id': name }, { 'client-id': null }, { user: name, 'client-id': name }, { user: name, 'client-id': null },
  { user: null, 'client-id': name }, { user: null, 'client-id': null },
];
const ips = [{ ip: '10.1.2.3' }, { ip: null }, { ip: '2001:db8::1' }];

const setAll = (name) => altered([...kinds(name).map((names) => change(names, ...KEYS.map((key) => op(key, LARGE)))), ...ips.map((names) => change(names, op('connection_creation_rate', 1_000_000)))]);
const removeAll = (name) => altered([...kinds(name).map((names) => change(names, ...KEYS.map((key) => op(key)))), ...ips.map((names) => change(names, op('connection_creation_rate')))]);

/** Under a name each, so that both sides' answers are compared entity by entity, user by user. */
const named = ({ entries, results, ...answer }) => ({
  ...answer,
  ...(entries === undefined ? {} : { entries: entries?.map((entry) => ({ name: entry.entity.map((part) => `${part.entityType}=${part.entityName}`).sort().join(), ...entry })) ?? null }),
  ...(results === undefined ? {} : { results: results.map((result) => ({ name: result.user, ...result })) }),
});
const asking = (ask) => Object.assign((api, draft, what, at) => ask(api, draft, what, at, named), ask);

async function alterClientQuotas({ ask: bare, name }) {
  const ask = asking(bare);
  const one = (names, ...ops) => altered([change(names, ...ops)]);
  const api = 'AlterClientQuotas';
  for (const names of kinds(name)) await ask(api, one(names, ...KEYS.map((key) => op(key, LARGE))), `${JSON.stringify(names).replaceAll(name, 'x')}`);
  for (const names of ips) await ask(api, one(names, op('connection_creation_rate', 1_000_000)), JSON.stringify(names));
  await ask(api, one({ user: name }, op('producer_byte_rate', LARGE)), 'the same again');
  await ask(api, altered([change({ user: name }, op('producer_byte_rate', LARGE + 1))], { validateOnly: true }), 'validate only');
  await ask(api, one({ user: name }, op('no_such_rate', 1)), 'an unknown key');
  await ask(api, one({ user: name }, op('no_such_rate')), 'an unknown key removed');
  await ask(api, one({ user: name }, op('connection_creation_rate', 1)), 'a key of ip on a user');
  await ask(api, one({ ip: '10.1.2.3' }, op('producer_byte_rate', 1)), 'a key of users on an ip');
  for (const value of [0, -1, 1.5, 0.1, 1e300]) await ask(api, one({ user: name }, op('producer_byte_rate', value)), `a byte rate of ${value}`);
  for (const value of [0.5, 0, -3]) for (const key of ['request_percentage', 'controller_mutation_rate']) await ask(api, one({ user: `${name}-p` }, op(key, value)), `${key} of ${value}`);
  for (const value of [0, 0.5, 2 ** 31]) await ask(api, one({ ip: '10.1.2.3' }, op('connection_creation_rate', value)), `a connection rate of ${value}`);
  await ask(api, one({}, op('producer_byte_rate', 1)), 'no entity');
  await ask(api, one({ user: '' }, op('producer_byte_rate', 1)), 'a user without a name');
  await ask(api, one({ 'client-id': '' }, op('producer_byte_rate', 1)), 'a client without a name');
  await ask(api, one({ ip: '' }, op('connection_creation_rate', 1)), 'an ip without a name');
  await ask(api, one({ group: 'g' }, op('producer_byte_rate', 1)), 'an unknown type');
  await ask(api, one({ '': 'g' }, op('producer_byte_rate', 1)), 'a type without a name');
  await ask(api, one({ ip: '10.1.2.3', user: name }, op('connection_creation_rate', 1)), 'ip and user');
  await ask(api, one({ ip: '300.1.2.3' }, op('connection_creation_rate', 1)), 'an address that is none');
  await ask(api, one({ user: name }), 'nothing to do');
  await ask(api, altered([]), 'no entries');
  await ask(api, one({ user: name }, op('producer_byte_rate', 5e9), op('producer_byte_rate', 6e9)), 'a key twice');
  await ask(api, altered([change({ user: name }, op('producer_byte_rate', 7e9)), change({ user: name }, op('consumer_byte_rate', 7e9))]), 'an entity twice');
  await ask(api, altered([{ entity: [...entity({ user: `${name}-a` }), ...entity({ user: `${name}-b` })], ops: [op('producer_byte_rate', LARGE)] }]), 'a type twice');
  await ask(api, altered([change({ user: `${name}-c` }, op('producer_byte_rate', LARGE)), change({ user: name }, op('no_such_rate', 1))]), 'a good and a bad one');
  await ask.barrier();
  await ask('DescribeClientQuotas', { components: [], strict: false }, 'what stands afterwards', 1);
  await ask(api, removeAll(name), 'all removed');
  for (const more of ['-a', '-b', '-c', '-p']) await ask.quietly(api, 1, altered([change({ user: name + more }, ...KEYS.map((key) => op(key)))]));
  await ask.barrier();
  await ask('DescribeClientQuotas', { components: [], strict: false }, 'what stands after all', 1);
}

async function describeClientQuotas({ ask: bare, name }) {
  const ask = asking(bare);
  await ask.quietly('AlterClientQuotas', 1, setAll(name));
  await ask.barrier();
  const api = 'DescribeClientQuotas';
  const part = (entityType, matchType, match = null) => ({ entityType, matchType, match });
  const filters = {
    'all': [], 'every user': [part('user', 2)], 'every client': [part('client-id', 2)], 'every ip': [part('ip', 2)], 'users and clients': [part('user', 2), part('client-id', 2)],
    'one user': [part('user', 0, name)], 'the default user': [part('user', 1)], 'one client': [part('client-id', 0, name)], 'one of both': [part('user', 0, name), part('client-id', 0, name)],
    'a user and the default client': [part('user', 0, name), part('client-id', 1)], 'both defaults': [part('user', 1), part('client-id', 1)],
    'one ip': [part('ip', 0, '10.1.2.3')], 'the default ip': [part('ip', 1)], 'nobody': [part('user', 0, 'nobody')],
  };
  for (const [what, components] of Object.entries(filters)) for (const strict of [false, true]) await ask(api, { components, strict }, `${what}${strict ? ', strictly' : ''}`);
  const refused = {
    'an unknown type': [part('group', 2)], 'a type without a name': [part('', 2)], 'a type twice': [part('user', 2), part('user', 0, name)], 'exact without a name': [part('user', 0)],
    'default with a name': [part('user', 1, name)], 'any with a name': [part('user', 2, name)], 'an unknown match': [part('user', 9, name)], 'ip and user': [part('ip', 2), part('user', 2)],
    'ip and client': [part('client-id', 1), part('ip', 1)], 'an empty name': [part('user', 0, '')],
  };
  for (const [what, components] of Object.entries(refused)) await ask(api, { components, strict: false }, what);
  await ask.quietly('AlterClientQuotas', 1, removeAll(name));
  await ask.barrier();
  await ask(api, { components: [], strict: true }, 'none left');
}

const HASH = { 1: ['sha256', 32], 2: ['sha512', 64] };
function credential(name, mechanism, more = {}) {
  const salt = createHmac('sha256', 'salt').update(name).digest();
  const [hash, length] = HASH[mechanism] ?? HASH[1];
  return { name, mechanism, iterations: 4096, salt, saltedPassword: pbkdf2Sync('password', salt, 4096, length, hash), ...more };
}

async function alterUserScramCredentials({ ask: bare, name }) {
  const ask = asking(bare);
  const api = 'AlterUserScramCredentials';
  const alter = (what, upsertions, deletions = []) => ask(api, { deletions, upsertions }, what);
  await alter('two mechanisms of two users', [credential(name, 1), credential(`${name}-b`, 2)]);
  await alter('another mechanism', [credential(name, 2, { iterations: 16_384 })]);
  await alter('again', [credential(name, 2)]);
  await alter('one user twice', [credential(name, 1), credential(name, 2)]);
  await alter('deleted and set', [credential(name, 1)], [{ name, mechanism: 2 }]);
  await alter('deleted twice', [], [{ name, mechanism: 1 }, { name, mechanism: 2 }]);
  for (const iterations of [4095, 16_385, 0, -1]) await alter(`${iterations} iterations`, [credential(name, 1, { iterations })]);
  for (const mechanism of [0, 3, -1]) await alter(`mechanism ${mechanism}`, [credential(name, mechanism)]);
  await alter('no name', [credential('', 1)]);
  await alter('no salt', [credential(`${name}-c`, 1, { salt: Buffer.alloc(0) })]);
  await alter('no salted password', [credential(`${name}-d`, 1, { saltedPassword: Buffer.alloc(0) })]);
  await alter('a good and a bad one', [credential(`${name}-e`, 1), credential(`${name}-f`, 1, { iterations: 1 })]);
  await alter('deletion of nobody', [], [{ name: 'nobody', mechanism: 1 }]);
  await alter('deletion of another mechanism', [], [{ name: `${name}-b`, mechanism: 1 }]);
  await alter('deletion of an unknown mechanism', [], [{ name, mechanism: 7 }]);
  await alter('deletion without a name', [], [{ name: '', mechanism: 1 }]);
  await alter('nothing', []);
  await ask.barrier();
  await ask('DescribeUserScramCredentials', { users: null }, 'who stands afterwards');
  await alter('deletion', [], ['', '-b', '-c', '-d', '-e'].map((more) => ({ name: name + more, mechanism: more === '-b' ? 2 : 1 })));
  await alter('deletion of the second', [], [{ name, mechanism: 2 }]);
  await ask.barrier();
  await ask('DescribeUserScramCredentials', { users: null }, 'who stands after all');
}

async function describeUserScramCredentials({ ask: bare, name }) {
  const ask = asking(bare);
  const api = 'DescribeUserScramCredentials';
  await ask(api, { users: null }, 'nobody there');
  await ask.quietly('AlterUserScramCredentials', 0, { deletions: [], upsertions: [credential(name, 1), credential(`${name}-b`, 2, { iterations: 8192 })] });
  await ask.quietly('AlterUserScramCredentials', 0, { deletions: [], upsertions: [credential(name, 2)] });
  await ask.barrier();
  const of = (...names) => names.map((each) => ({ name: each }));
  await ask(api, { users: null }, 'all');
  await ask(api, { users: [] }, 'an empty list');
  await ask(api, { users: of(name) }, 'one');
  await ask(api, { users: of(name, `${name}-b`, 'nobody') }, 'two known, one not');
  await ask(api, { users: of(name, name) }, 'one twice');
  await ask(api, { users: of('nobody', 'nobody') }, 'nobody twice');
  await ask(api, { users: of('') }, 'no name');
  await ask.quietly('AlterUserScramCredentials', 0, { deletions: [{ name, mechanism: 1 }, { name: `${name}-b`, mechanism: 2 }], upsertions: [] });
  await ask.quietly('AlterUserScramCredentials', 0, { deletions: [{ name, mechanism: 2 }], upsertions: [] });
  await ask.barrier();
}

export const quotaQuestions = {
  AlterClientQuotas: alterClientQuotas, DescribeClientQuotas: describeClientQuotas, AlterUserScramCredentials: alterUserScramCredentials, DescribeUserScramCredentials: describeUserScramCredentials,
};
