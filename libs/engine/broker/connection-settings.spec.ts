import { SERVER_LIMITS } from '../server/index.js';
import { connectionLimitsSource, connectionsThatFit, parseOverrides } from './connection-settings.js';

const source = (properties: Record<string, string>, dynamic: Record<string, string> = {}, openFilesMax: number | null = null) => connectionLimitsSource(
  () => ({ configs: (_type, name) => (name === '' ? new Map(Object.entries(dynamic)) : new Map()) }), { nodeId: 1, properties: new Map(Object.entries(properties)) }, openFilesMax,
);

describe('how many connections', () => {
  it('are ours where nobody says otherwise', () => {
    expect(source({})()).toEqual({ perListener: expect.any(Function), total: SERVER_LIMITS.connectionsMax, perAddress: SERVER_LIMITS.connectionsPerAddressMax, perAddressOverrides: new Map(), perPrincipal: SERVER_LIMITS.connectionsPerPrincipalMax, openable: Infinity });
  });
  it('follow the settings, those of run time first', () => {
    const dynamic = { 'max.connections.per.ip': '3' };
    const limits = source({ 'max.connections': '10', 'max.connections.per.ip': '5', 'max.connections.per.ip.overrides': '10.0.0.1:7, ::1:9', 'sluice.max.connections.per.principal': '4' }, dynamic);
    expect(limits()).toMatchObject({ total: 10, perAddress: 3, perPrincipal: 4 });
    expect([...limits().perAddressOverrides]).toEqual([['10.0.0.1', 7], ['::1', 9]]);
    dynamic['max.connections.per.ip'] = '2';
    expect(limits().perAddress).toBe(2);
  });
  it('are as many of a listener as is set for it, of the brokers\' own as server.properties says', () => {
    const dynamic = { 'listener.name.external.max.connections': '3', 'listener.name.internal.max.connections': '0' };
    const limits = source({ 'inter.broker.listener.name': 'INTERNAL', 'listener.name.external.max.connections': '9', 'listener.name.other.max.connections': '8' }, dynamic);
    const of = (): number[] => ['EXTERNAL', 'OTHER', 'NONE', 'INTERNAL'].map((listener) => limits().perListener(listener));
    expect(of()).toEqual([3, 8, Infinity, Infinity]);
    dynamic['listener.name.external.max.connections'] = '2';
    expect(of()[0]).toBe(2);
    expect(source({ 'inter.broker.listener.name': 'INTERNAL', 'listener.name.internal.max.connections': '1' }, dynamic)().perListener('INTERNAL')).toBe(1);
  });
  it('never are more than the process can open beside its files', () => {
    expect([connectionsThatFit(20_000), connectionsThatFit(1_024), connectionsThatFit(null)]).toEqual([15_904, 512, Infinity]);
    expect(source({}, {}, 1_024)().total).toBe(512);
  });
  it.each(['10.0.0.1', '10.0.0.1:x', ':5', '1:-1'])('%s is no override', (text) => { expect(() => parseOverrides(text)).toThrow(/max.connections.per.ip.overrides/); });
});
