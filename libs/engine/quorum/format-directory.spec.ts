import { createTestEnv, type TestEnv } from '../../kernel/testing/index.js';
import { ensureFormatted } from './format-directory.js';
import { parseMetaProperties, readMetaProperties } from './meta-properties.js';
import { metadataRecord } from './metadata-record.js';
import { encodeSnapshot, listSnapshots, readSnapshotFile, snapshotName } from './snapshot-file.js';
import { readQuorumEpoch } from './quorum-state.js';

const options = {
  directory: '/data', clusterId: '4L6g3nShT-eMCtK--X86sw', nodeId: 1, endpoint: { name: 'CONTROLLER', host: '127.0.0.1', port: 1 },
  bootstrapRecords: [metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: 30 })],
};
async function settled<T>(env: TestEnv, promise: Promise<T>): Promise<T> {
  let done = false;
  promise.then(() => { done = true; }, () => { done = true; });
  for (let turn = 0; turn < 1000 && !done; turn++) await env.advance(1);
  return promise;
}

it('formats once, and says the same ever after', async () => {
  const env = createTestEnv();
  const first = await settled(env, ensureFormatted(env, options));
  expect(first.directoryId).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  expect(await ensureFormatted(env, options)).toEqual(first);
  expect(env.disk.readFile('/data/meta.properties')!.toString()).toBe(`#\n#\ncluster.id=${first.clusterId}\ndirectory.id=${first.directoryId}\nnode.id=1\nversion=1\n`);
  const seen: string[] = [];
  readSnapshotFile(env, '/data/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint', { record: () => undefined, control: (record) => seen.push(record.type) });
  expect(seen).toEqual(['snapshotHeader', 'kraftVersion', 'voters', 'snapshotFooter']);
});

it.each([
  ['version', 'cluster.id=a\nnode.id=1\n'], ['node.id', 'version=1\ncluster.id=a\n'], ['cluster.id', 'version=1\nnode.id=1\n'], ['directory.id', 'version=1\nnode.id=1\ncluster.id=a\n'],
  ['directory.id', 'version=1\nnode.id=1\ncluster.id=a\ndirectory.id=short\n'],
])('refuses meta.properties without a good %s', (what, text) => {
  expect(() => parseMetaProperties('/data/meta.properties', text)).toThrow(what);
});

it('refuses a huge meta.properties', () => {
  const env = createTestEnv();
  env.disk.mkdir('/data');
  const file = env.disk.open('/data/meta.properties', 'readwrite');
  file.write(0, [Buffer.alloc(65_537, 32)]);
  file.close();
  expect(() => readMetaProperties(env, '/data', options)).toThrow('too many');
});

it('a snapshot that is cut anywhere, or changed, is refused', () => {
  const env = createTestEnv();
  const bytes = Buffer.concat(encodeSnapshot(env, { epoch: 3, timestampMs: 5, control: [], records: [metadataRecord('TopicRecord', { name: 'a', topicId: 'J22uQ3F8SgaacUTA1VB2oA' })] }));
  env.disk.mkdir('/s');
  const put = (content: Buffer): string => {
    const path = `/s/${snapshotName({ offset: 9, epoch: 3 })}`;
    const file = env.disk.open(path, 'readwrite');
    file.truncate(0);
    file.write(0, [content]);
    file.close();
    return path;
  };
  const silent = { record: () => undefined, control: () => undefined };
  readSnapshotFile(env, put(bytes), silent);
  for (let size = 0; size < bytes.length; size++) expect(() => readSnapshotFile(env, put(bytes.subarray(0, size)), silent)).toThrow(expect.objectContaining({ code: 'BAD_SNAPSHOT' }));
  const changed = Buffer.from(bytes);
  changed[bytes.length - 10]! ^= 1;
  expect(() => readSnapshotFile(env, put(changed), silent)).toThrow(expect.objectContaining({ code: 'BAD_SNAPSHOT' }));
  expect(listSnapshots(env, '/s')).toEqual([{ offset: 9, epoch: 3 }]);
});

it('a quorum-state that can not be read counts as none', () => {
  const env = createTestEnv();
  env.disk.mkdir('/q');
  expect(readQuorumEpoch(env, '/q')).toBe(0);
  const file = env.disk.open('/q/quorum-state', 'readwrite');
  file.write(0, [Buffer.from('{"leaderEpoch":')]);
  expect(readQuorumEpoch(env, '/q')).toBe(0);
  file.write(0, [Buffer.from('{"leaderEpoch":12,"data_version":0}')]);
  file.close();
  expect(readQuorumEpoch(env, '/q')).toBe(12);
});
