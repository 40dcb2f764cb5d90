import { PERMITTED_CONFIGS } from '../broker-configs.js';
import { compareVersions, jarName, readCatalogue } from './catalogue.js';

const catalogue = readCatalogue();

test('the newest version is the default', () => {
  expect(catalogue.versions.map(({ version }) => version)).toEqual(['4.3.1', '3.9.2']);
  expect(catalogue.find('4.3.1')).toMatchObject({ modes: ['kraft'], upgradesFrom: ['3.9.2'], zookeeperVersion: null });
  expect(catalogue.find('3.9.2')).toMatchObject({ modes: ['kraft', 'zookeeper'], zookeeperVersion: '3.8.4' });
  expect(catalogue.find('2.8.0')).toBeNull();
});

test.each(catalogue.versions.map((each) => [each.version, each] as const))('%s is pinned whole', (version, { artifacts, scalaVersion, modes, zookeeperVersion }) => {
  const names = artifacts.map(jarName);
  expect(new Set(names).size).toBe(names.length);
  for (const each of artifacts) expect(each).toEqual({ group: expect.stringMatching(/^[\w.-]+$/), artifact: expect.stringMatching(/^[\w.-]+$/), version: expect.stringMatching(/^[\w.-]+$/), bytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  for (const needed of [`kafka_${scalaVersion}-${version}.jar`, `kafka-clients-${version}.jar`, `kafka-metadata-${version}.jar`]) expect(names).toContain(needed);
  // The plugin reads JSON, and something must take what brokers have to say.
  expect(names.some((name) => name.startsWith('jackson-databind-'))).toBe(true);
  expect(names.some((name) => /^(slf4j-reload4j|log4j-slf4j-impl)-/.test(name))).toBe(true);
  expect(names.includes(`zookeeper-${zookeeperVersion}.jar`)).toBe(modes.includes('zookeeper'));
});

test('settings can be judged before a version is installed', () => {
  const [kraft, zookeeper] = [catalogue.find('4.3.1')!.definitions, catalogue.find('3.9.2')!.definitions];
  expect(kraft.get('log.retention.ms')).toEqual({ name: 'log.retention.ms', type: 'long', defaultValue: null, validator: null, updateMode: 'cluster-wide' });
  expect(kraft.get('socket.request.max.bytes')).toMatchObject({ updateMode: 'read-only' });
  expect([kraft.has('zookeeper.connect'), zookeeper.has('zookeeper.connect')]).toEqual([false, true]);
  for (const definitions of [kraft, zookeeper]) expect([...PERMITTED_CONFIGS].filter((name) => !definitions.has(name)).length).toBeLessThan(4);
});

test('versions are compared by number', () => {
  expect(['3.9.2', '4.10.0', '4.9.1', '4.9'].sort(compareVersions)).toEqual(['3.9.2', '4.9', '4.9.1', '4.10.0']);
  expect(compareVersions('4.3.1', '4.3.1')).toBe(0);
});
