import { ConfigError, isLoopback, readConfig, type Environment } from './config.js';

const problemsOf = (environment: Environment): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('the platform\'s configuration', () => {
  it('has a default for everything', () => {
    expect(readConfig({ SLUICE_HOME: '/srv/sluice' })).toMatchObject({
      home: '/srv/sluice', host: '127.0.0.1', port: 8080, publicUrl: null, advertisedHost: 'localhost', brokerPorts: { first: 20_000, last: 29_999 }, behindProxy: false, regionAliases: true,
    });
  });
  it('keeps what is over for as long as the operator says, 0 for ever', () => {
    expect(readConfig({}).history).toEqual({ operationsKeepDays: null, auditKeepDays: null });
    expect(readConfig({ SLUICE_OPERATIONS_KEEP_DAYS: '0', SLUICE_AUDIT_KEEP_DAYS: '3650' }).history).toEqual({ operationsKeepDays: 0, auditKeepDays: 3650 });
  });
  it('takes what is empty for absent', () => {
    expect(readConfig({ SLUICE_HOST: '', SLUICE_PORT: '', DATABASE_URL: '' })).toMatchObject({ host: '127.0.0.1', port: 8080, databaseUrl: undefined });
  });
  it.each<[Environment, RegExp]>([
    [{ SLUICE_PORT: '0' }, /^SLUICE_PORT is "0"/], [{ SLUICE_PORT: '65536' }, /^SLUICE_PORT/], [{ SLUICE_PORT: '80a' }, /^SLUICE_PORT/],
    [{ SLUICE_BROKER_PORTS: '20000' }, /^SLUICE_BROKER_PORTS/], [{ SLUICE_BROKER_PORTS: '20000-20001' }, /at least three/], [{ SLUICE_BROKER_PORTS: '29999-20000' }, /^SLUICE_BROKER_PORTS/],
    [{ SLUICE_BROKER_PORTS: '8000-9000' }, /SLUICE_PORT 8080 is inside SLUICE_BROKER_PORTS 8000-9000/], [{ SLUICE_BEHIND_PROXY: 'yes' }, /must be 1 or 0/],
    [{ SLUICE_PUBLIC_URL: 'sluice.example' }, /^SLUICE_PUBLIC_URL/], [{ SLUICE_PUBLIC_URL: 'ftp://x' }, /^SLUICE_PUBLIC_URL/], [{ SLUICE_ADVERTISED_HOST: 'a b' }, /^SLUICE_ADVERTISED_HOST/],
    [{ SLUICE_HOST: '0.0.0.0' }, /set SLUICE_ADVERTISED_HOST/], [{ SLUICE_OPERATIONS_KEEP_DAYS: 'never' }, /^SLUICE_OPERATIONS_KEEP_DAYS is "never"/], [{ SLUICE_AUDIT_KEEP_DAYS: '-1' }, /from 0 to 36500/],
  ])('%j is one clear line', (environment, line) => {
    const problems = problemsOf(environment);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(line);
    expect(problems[0]).not.toContain('\n');
  });
  it('tells all mistakes at once', () => {
    expect(problemsOf({ SLUICE_PORT: 'x', SLUICE_BROKER_PORTS: 'y', SLUICE_BEHIND_PROXY: 'z' })).toHaveLength(3);
  });
  it('advertises the address it listens on, or what it is told', () => {
    expect(readConfig({ SLUICE_HOST: '10.0.0.7' }).advertisedHost).toBe('10.0.0.7');
    expect(readConfig({ SLUICE_HOST: '0.0.0.0', SLUICE_ADVERTISED_HOST: 'kafka.example.org' }).advertisedHost).toBe('kafka.example.org');
  });
  it.each([['127.0.0.1', true], ['127.8.8.8', true], ['localhost', true], ['::1', true], ['0.0.0.0', false], ['::', false], ['10.0.0.1', false], ['127.example.org', false]])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('where the platform may connect to for somebody else\'s sake', () => {
  it('is the public Internet alone, unless ranges are named', () => {
    expect(readConfig({}).egressAllow).toEqual([]);
    expect(readConfig({ SLUICE_EGRESS_ALLOW: '10.0.0.0/8, 127.0.0.1,fd00::/8' }).egressAllow.map(({ text }) => text)).toEqual(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
  });
  it.each(['10/8', 'localhost', '10.0.0.1/8', '10.0.0.0/8,'])('isn\'t "%s"', (text) => expect(() => readConfig({ SLUICE_EGRESS_ALLOW: text })).toThrow(/SLUICE_EGRESS_ALLOW has/));
});
