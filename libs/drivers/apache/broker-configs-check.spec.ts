import { readCatalogue } from './catalogue/catalogue.js';
import { createConfigChecker, type ConfigCheckerOptions } from './broker-configs-check.js';
import type { InstalledKafka } from './install.js';

const catalogue = readCatalogue();
const java = { home: '/jdk', java: '/jdk/bin/java', javac: null, version: 17, fullVersion: '17', source: 'PATH' };
const installed = { version: '4.3.1', definitions: catalogue.find('4.3.1')!.definitions } as InstalledKafka;
const checker = (find: InstalledKafka | null, judge: ConfigCheckerOptions['judge'] = () => Promise.resolve([])) =>
  createConfigChecker({ installer: { catalogue, find: () => find }, environment: {}, findJava: () => Promise.resolve({ runtime: java, problem: null }), judge });

test('before it is installed a version is judged by what was asked of it once', async () => {
  const check = checker(null, () => Promise.reject(new Error('no JVM')));
  expect(await check(null, { 'log.retention.ms': '1000', 'log.cleanup.policy': 'compact' })).toEqual([]);
  expect(await check('4.3.1', { 'log.retention.ms': 'soon', 'ssl.protocol': 'x', 'zookeeper.connect': 'x', 'log.retentoin.ms': '1' })).toEqual([
    { key: 'log.retention.ms', reason: 'must be a whole number (long)' }, { key: 'ssl.protocol', reason: 'is the platform\'s to set' }, { key: 'zookeeper.connect', reason: 'is the platform\'s to set' },
    { key: 'log.retentoin.ms', reason: 'Apache Kafka 4.3.1 has no such setting; did you mean log.retention.ms?' },
  ]);
  expect(await check('3.9.2', { 'log.message.timestamp.difference.max.ms': '5' })).toEqual([]);
  expect(await check('4.3.1', { 'log.message.timestamp.difference.max.ms': '5' })).toHaveLength(1);
});

test('Kafka has the last word where it is installed', async () => {
  const asked: string[] = [];
  const check = checker(installed, (_installed, _java, configs) => {
    asked.push(...Object.keys(configs));
    return Promise.resolve([{ key: 'compression.gzip.level', reason: 'Invalid value 10' }]);
  });
  expect(await check('4.3.1', { 'compression.gzip.level': '10' })).toEqual([{ key: 'compression.gzip.level', reason: 'Invalid value 10' }]);
  expect(await check('4.3.1', {})).toEqual([]);
  expect(await check('4.3.1', { listeners: 'x' })).toHaveLength(1);
  expect(asked).toEqual(['compression.gzip.level']);
});
