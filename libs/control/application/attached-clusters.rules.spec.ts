import { describe, expect, it } from '@jest/globals';
import { hostPortText } from '#libs/control/domain';
import { changeRemote, parseRemote, type RemoteInput } from './attached-clusters.rules.js';

const sasl: RemoteInput = { bootstrapServers: ['a.example:9096', '[2001:db8::1]:9096'], securityProtocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p', caPem: 'ca' };
const fails = (work: () => unknown, pointer: string): void => expect(work).toThrow(expect.objectContaining({ code: 'invalid_configuration', source: { pointer } }));

describe('how a cluster is reached', () => {
  it('is parsed', () => expect(parseRemote({ ...sasl, certificatePem: 'c', keyPem: 'k' })).toEqual({
    connection: { bootstrap: [{ host: 'a.example', port: 9096 }, { host: '2001:db8::1', port: 9096 }], protocol: 'SASL_SSL', mechanism: 'SCRAM-SHA-512', username: 'u', caPem: 'ca', certificatePem: 'c' },
    secrets: { password: 'p', keyPem: 'k' },
  }));
  it('is written as it was said', () => expect(parseRemote(sasl).connection.bootstrap.map(hostPortText)).toEqual(sasl.bootstrapServers));
  it('needs nothing more without SASL and TLS', () => expect(parseRemote({ bootstrapServers: ['a:1'], securityProtocol: 'PLAINTEXT', mechanism: null, caPem: '' })).toEqual({
    connection: { bootstrap: [{ host: 'a', port: 1 }], protocol: 'PLAINTEXT', mechanism: null, username: null, caPem: null, certificatePem: null }, secrets: { password: null, keyPem: null },
  }));
  it.each<[RemoteInput, string]>([
    [{ bootstrapServers: undefined }, '/bootstrap_servers'], [{ bootstrapServers: [] }, '/bootstrap_servers'], [{ bootstrapServers: Array.from({ length: 21 }, (_, i) => `a${i}:1`) }, '/bootstrap_servers'],
    [{ bootstrapServers: ['a:1', 'a'] }, '/bootstrap_servers/1'], [{ bootstrapServers: ['a:65536'] }, '/bootstrap_servers/0'], [{ bootstrapServers: ['http://a:1'] }, '/bootstrap_servers/0'], [{ bootstrapServers: ['u@a:1'] }, '/bootstrap_servers/0'], [{ bootstrapServers: ['[10.0.0.1]:1'] }, '/bootstrap_servers/0'], [{ bootstrapServers: ['::1:9092'] }, '/bootstrap_servers/0'],
    [{ bootstrapServers: [`${'a'.repeat(256)}:1`] }, '/bootstrap_servers/0'], [{ bootstrapServers: ['a:1', 'A:1'] }, '/bootstrap_servers/1'],
    [{ securityProtocol: 'TLS' }, '/security_protocol'], [{ securityProtocol: undefined }, '/security_protocol'], [{ mechanism: 'GSSAPI' }, '/mechanism'], [{ mechanism: undefined }, '/mechanism'], [{ username: '' }, '/username'], [{ password: undefined }, '/password'],
    [{ securityProtocol: 'SSL' }, '/mechanism'], [{ securityProtocol: 'SASL_PLAINTEXT' }, '/ca_pem'], [{ keyPem: 'k' }, '/certificate_pem'], [{ certificatePem: 'c' }, '/key_pem'], [{ caPem: 'x'.repeat(65_537) }, '/ca_pem'], [{ password: 'a\0' }, '/password'],
  ])('isn\'t %j', (more, pointer) => fails(() => parseRemote({ ...sasl, ...more }), pointer));
  it('takes the largest that is allowed', () => {
    expect(parseRemote({ ...sasl, bootstrapServers: Array.from({ length: 20 }, (_, i) => `a${i}:1`), password: 'p'.repeat(1_024), caPem: 'x'.repeat(65_536) }).connection.bootstrap).toHaveLength(20);
  });
});

describe('a change', () => {
  const present = parseRemote(sasl);
  it('keeps what it doesn\'t say', () => expect(changeRemote(present, {})).toEqual(present));
  it('takes a new password, name and address together', () => expect(changeRemote(present, { bootstrapServers: ['b:1'], username: 'v', password: 'q' })).toMatchObject({ connection: { bootstrap: [{ host: 'b', port: 1 }], username: 'v', caPem: 'ca' }, secrets: { password: 'q' } }));
  it.each<[RemoteInput]>([[{ bootstrapServers: ['b:1'] }], [{ caPem: null }], [{ caPem: 'other' }], [{ mechanism: 'PLAIN' }], [{ securityProtocol: 'SASL_PLAINTEXT', caPem: null }]])('sends a password that is kept nowhere new: %j', (change) => fails(() => changeRemote(present, change), '/password'));
  it('takes the login away with its password', () => expect(changeRemote(present, { securityProtocol: 'SSL', mechanism: null, username: null, password: null })).toMatchObject({ connection: { protocol: 'SSL', username: null }, secrets: { password: null } }));
});
