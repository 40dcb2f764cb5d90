import { describe, expect, it } from '@jest/globals';
import { OperationalError, type ClientTls, type Connection, type Net } from '#libs/kernel';
import { parseAddress } from './address.js';
import { createEgressNet, createEgressRule, parseHost, parseRange, type EgressRule, type OwnService } from './index.js';

const ranges = (...texts: string[]) => texts.map((text) => { const range = parseRange(text); if (!range) throw new Error(`${text} is no range`); return range; });
const ruleOf = (more: { allow?: string[]; own?: string[]; services?: OwnService[] } = {}): EgressRule =>
  createEgressRule({ allow: ranges(...more.allow ?? []), ownAddresses: () => more.own ?? [], ownServices: () => more.services ?? [] });

describe('addresses', () => {
  it.each([
    ['0.0.0.0', 0n], ['255.255.255.255', 0xffff_ffffn], ['10.0.0.1', 0x0a00_0001n], ['::', 0n], ['::1', 1n], ['1::', 1n << 112n], ['1:2:3:4:5:6:7:8', 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ['::ffff:1.2.3.4', 0xffff_0102_0304n], ['1:2:3:4:5:6:1.2.3.4', 0x0001_0002_0003_0004_0005_0006_0102_0304n], ['FE80::A', (0xfe80n << 112n) + 10n], ['1:2:3:4:5:6:7::', 0x0001_0002_0003_0004_0005_0006_0007_0000n],
  ])('%s is read', (text, value) => expect(parseAddress(text)?.value).toBe(value));
  it.each([
    '', '1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.04', '0x7f.0.0.1', '0x7f000001', '2130706433', '0177.0.0.1', '256.1.1.1', '1.2.3.4 ', '1.2.3.-4', '1.2.3.4/8', '١.٢.٣.٤', '1.2.3.4\n',
    ':', ':::', '1:', ':1', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '12345::', 'g::', '::1%eth0', '[::1]', '1.2.3.4::', '::1.2.3.4:5', '::1.2.3', '::01.2.3.4',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeNull());
});

describe('ranges', () => {
  it.each(['10.0.0.0/8', '127.0.0.1', '0.0.0.0/0', '::/0', 'fd00::/8', '::1', '1.2.3.4/32'])('%s is one', (text) => expect(parseRange(text)).not.toBeNull());
  it.each(['', '10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/', '10.0.0.0/8/8', '10/8', 'fd00::/129', 'fd00::1/8', 'localhost', '10.0.0.0/-1', '10.0.0.0/ 8'])('%j is none', (text) => expect(parseRange(text)).toBeNull());
});

describe('what isn\'t the public Internet', () => {
  const rule = ruleOf();
  it.each([
    ['0.0.0.0', /unspecified/], ['0.255.255.255', /unspecified/], ['10.0.0.0', /private/], ['10.255.255.255', /private/], ['100.64.0.0', /CGNAT/], ['100.100.100.200', /CGNAT/], ['100.127.255.255', /CGNAT/],
    ['127.0.0.1', /loopback/], ['127.255.255.254', /loopback/], ['169.254.0.0', /link-local/], ['169.254.169.254', /metadata/], ['168.63.129.16', /cloud/],
    ['172.16.0.0', /private/], ['172.31.255.255', /private/], ['192.0.0.192', /protocol assignments/], ['192.0.2.1', /documentation/], ['198.51.100.7', /documentation/], ['203.0.113.9', /documentation/],
    ['192.88.99.1', /6to4/], ['192.168.0.1', /private/], ['198.18.0.0', /benchmark/], ['198.19.255.255', /benchmark/], ['224.0.0.1', /multicast/], ['239.255.255.255', /multicast/], ['240.0.0.1', /reserved/], ['255.255.255.255', /broadcast/],
    ['::', /unspecified/], ['::1', /loopback/], ['64:ff9b:1::1', /translation/], ['100::1', /discard/], ['2001::1', /Teredo/], ['2001:2::1', /benchmark/], ['2001:10::1', /protocol/], ['2001:db8::1', /documentation/], ['3fff::1', /documentation/],
    ['5f00::1', /segment/], ['fc00::1', /unique local/], ['fd00:ec2::254', /unique local/], ['fe80::1', /link-local/], ['febf::1', /link-local/], ['fec0::1', /site-local/], ['ff02::1', /multicast/], ['4000::1', /reserved/], ['e000::1', /reserved/], ['200::1', /reserved/],
    ['::ffff:127.0.0.1', /IPv4 address that is loopback/], ['::ffff:7f00:1', /loopback/], ['::ffff:0:10.0.0.1', /private/], ['::10.1.2.3', /private/], ['::7f00:1', /loopback/], ['64:ff9b::169.254.169.254', /metadata/], ['64:ff9b::a00:1', /private/],
    ['2002:7f00:1::', /loopback/], ['2002:a9fe:a9fe::1', /metadata/], ['fe80::5efe:8.8.8.8', /link-local/], ['2607:f8b0::5efe:10.0.0.1', /private/], ['2607:f8b0::200:5efe:192.168.1.1', /private/],
    ['no', /no IP address/], ['0x7f000001', /no IP address/], ['2130706433', /no IP address/],
  ])('%s is refused', (address, why) => expect(rule.refusalOf(address, 9092)).toMatch(why));
  it.each([
    '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255',
    '2001:4860:4860::8888', '2606:4700::1', '2001:200::1', '2003::1', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1', '3ffe::1',
  ])('%s is public', (address) => expect(rule.refusalOf(address, 9092)).toBeNull());
});

describe('what the operator allows', () => {
  it.each([['10.0.0.0/8', '10.1.2.3'], ['127.0.0.1', '127.0.0.1'], ['10.0.0.0/8', '::ffff:10.1.2.3'], ['::ffff:0:0/96', '::ffff:10.1.2.3'], ['fd00::/8', 'fd12::1'], ['0.0.0.0/0', '169.254.169.254']])('%s opens %s', (allowed, address) => {
    expect(ruleOf({ allow: [allowed] }).refusalOf(address, 1)).toBeNull();
  });
  it.each([['10.0.0.0/8', '127.0.0.1'], ['127.0.0.1', '127.0.0.2'], ['10.0.0.0/8', '::ffff:127.0.0.1'], ['fd00::/8', 'fe80::1'], ['0.0.0.0/0', '0.0.0.0'], ['0.0.0.0/0', '224.0.0.1'], ['0.0.0.0/0', '255.255.255.255'], ['::/0', 'ff02::1'], ['::/0', '::'], ['::/0', '::ffff:0.0.0.0'], ['0.0.0.0/0', '::1']])('%s doesn\'t open %s', (allowed, address) => {
    expect(ruleOf({ allow: [allowed] }).refusalOf(address, 1)).not.toBeNull();
  });
});

describe('this machine', () => {
  const services = [{ name: 'API', port: 8080 }];
  it('is refused by its public address too', () => {
    expect(ruleOf({ own: ['8.8.8.8'] }).refusalOf('8.8.8.8', 9092)).toMatch(/own address/);
    expect(ruleOf({ own: ['8.8.8.8'] }).refusalOf('::ffff:8.8.8.8', 9092)).toMatch(/own address/);
    expect(ruleOf({ own: ['8.8.8.8'], allow: ['8.8.8.8'] }).refusalOf('8.8.8.8', 9092)).toBeNull();
  });
  it('has services of the platform that no allowance opens', () => {
    const rule = ruleOf({ allow: ['127.0.0.0/8', '8.8.8.8'], own: ['8.8.8.8'], services });
    for (const address of ['127.0.0.1', '127.9.9.9', '8.8.8.8', '::ffff:127.0.0.1']) expect(rule.refusalOf(address, 8080)).toMatch(/the platform's own API/);
    expect(rule.refusalOf('127.0.0.1', 9092)).toBeNull();
    expect(rule.refusalOf('1.1.1.1', 8080)).toBeNull();
  });
});

describe('hosts', () => {
  it.each([['broker-1.example.com', 'broker-1.example.com'], ['Broker.Example.COM.', 'broker.example.com'], ['localhost', 'localhost'], ['my_broker', 'my_broker'], ['3com.example', '3com.example'], ['xn--bcher-kva.example', 'xn--bcher-kva.example']])('%s is a name', (text, name) => expect(parseHost(text)).toEqual({ kind: 'name', name }));
  it.each([['127.0.0.1', '127.0.0.1'], ['127.0.0.1.', '127.0.0.1'], ['[::1]', '::1'], ['::1', '::1'], ['[2001:DB8::1]', '2001:db8::1']])('%s is an address', (text, address) => expect(parseHost(text)).toEqual({ kind: 'address', address }));
  it.each([
    '', '.', 'a..b', '.a', '-a.b', 'a-.b', 'a b', 'a/b', 'a@b', 'a%2e', 'a\0b', 'bücher.example', '127.1', '127.0.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.1', '127.0.0.01', '256.256.256.256', '1.2.3.4.5', 'a.0x1', 'a.1', '0x', 'a.b.0x.',
    '[127.0.0.1]', '[::1', '::1]', '[::1]x', '[::1%eth0]', 'fe80::1%1', '[]', '[[::1]]', '1:2', 'host:9092', `${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}b`, '127.0.0.1..', '①②⑦.⓪.⓪.①', '127。0。0。1',
  ])('%j is refused', (text) => expect(() => parseHost(text)).toThrow(/host/));
});

interface Dialled { host: string; port: number; tls: ClientTls | null }

function netThat(answers: Record<string, string[] | Error>, failing: readonly string[] = []) {
  const dialled: Dialled[] = [];
  const asked: string[] = [];
  const inner: Net = {
    listen: () => Promise.reject(new Error('not here')),
    connect: async ({ host, port, tls }) => {
      dialled.push({ host, port, tls });
      if (failing.includes(host)) throw new OperationalError('CONNECT_FAILED', `cannot connect to ${host}`, true);
      return {} as Connection;
    },
  };
  const timers = { set: (delayMs: number, callback: () => void) => setTimeout(callback, delayMs) as never, cancel: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout) };
  const net = createEgressNet({ net: inner, timers, clock: { now: () => Date.now(), monotonic: () => performance.now() } }, {
    rule: ruleOf({ allow: ['10.0.0.0/8'] }),
    resolve: async (name) => { asked.push(name); const found = answers[name]; if (found instanceof Error) throw found; return found ?? []; },
  });
  return { net, dialled, asked };
}
const tls: ClientTls = { caPem: null, serverName: null };

describe('connecting', () => {
  it('asks once, goes to the address that was judged, and checks the certificate against the name', async () => {
    const { net, dialled, asked } = netThat({ 'kafka.example': ['1.1.1.1'] });
    await net.connect({ host: 'Kafka.example.', port: 9093, tls, timeoutMs: 1000 });
    expect(asked).toEqual(['kafka.example']);
    expect(dialled).toEqual([{ host: '1.1.1.1', port: 9093, tls: { caPem: null, serverName: 'kafka.example' } }]);
  });
  it('keeps a name that was asked for, and gives an address none', async () => {
    const { net, dialled } = netThat({ 'kafka.example': ['1.1.1.1'] });
    await net.connect({ host: 'kafka.example', port: 1, tls: { caPem: null, serverName: 'other' }, timeoutMs: 1000 });
    await net.connect({ host: '[2606:4700::1]', port: 1, tls, timeoutMs: 1000 });
    await net.connect({ host: '10.0.0.1', port: 1, tls: null, timeoutMs: 1000 });
    expect(dialled.map((each) => [each.host, each.tls?.serverName])).toEqual([['1.1.1.1', 'other'], ['2606:4700::1', null], ['10.0.0.1', undefined]]);
  });
  it('connects nowhere when one of a name\'s addresses is forbidden', async () => {
    const { net, dialled } = netThat({ 'mixed.example': ['1.1.1.1', '127.0.0.1'] });
    await expect(net.connect({ host: 'mixed.example', port: 1, tls, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'EGRESS_REFUSED', message: 'mixed.example stands for 127.0.0.1, which is loopback (127.0.0.0/8)', retryable: false });
    await expect(net.connect({ host: '169.254.169.254', port: 80, tls: null, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    await expect(net.connect({ host: '0x7f000001', port: 80, tls: null, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    expect(dialled).toEqual([]);
  });
  it('tries the next address of a name', async () => {
    const { net, dialled } = netThat({ 'two.example': ['1.1.1.1', '10.2.2.2'] }, ['1.1.1.1']);
    await net.connect({ host: 'two.example', port: 1, tls: null, timeoutMs: 1000 });
    expect(dialled.map(({ host }) => host)).toEqual(['1.1.1.1', '10.2.2.2']);
    await expect(netThat({ x: ['1.1.1.1'] }, ['1.1.1.1']).net.connect({ host: 'x', port: 1, tls: null, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });
  it('says that a name stands for nothing, and waits no longer than it may', async () => {
    await expect(netThat({}).net.connect({ host: 'gone.example', port: 1, tls, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'EGRESS_UNRESOLVABLE' });
    const { net } = netThat({});
    const slow = createEgressNet({ net, timers: { set: (_ms, callback) => { setImmediate(callback); return {} as never; }, cancel: () => undefined }, clock: { now: () => 0, monotonic: () => 0 } }, { rule: ruleOf(), resolve: () => new Promise(() => undefined) });
    await expect(slow.connect({ host: 'slow.example', port: 1, tls, timeoutMs: 50 })).rejects.toMatchObject({ code: 'EGRESS_UNRESOLVABLE', message: /within 50 ms/ });
  });
  it('judges anew at each connection: an answer that changes gains nothing', async () => {
    const answers: Record<string, string[]> = { 'rebinding.example': ['1.1.1.1'] };
    const { net, dialled } = netThat(answers);
    await net.connect({ host: 'rebinding.example', port: 1, tls: null, timeoutMs: 1000 });
    answers['rebinding.example'] = ['127.0.0.1'];
    await expect(net.connect({ host: 'rebinding.example', port: 1, tls: null, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    expect(dialled).toHaveLength(1);
  });
});
