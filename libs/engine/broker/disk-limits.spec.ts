import { replaceFile } from '#libs/kernel';
import { createTestEnv } from '#libs/kernel/testing';
import { checkDiskLimits, watchDiskLimits } from './disk-limits.js';

it('counts as soon as server.properties is replaced, and keeps what was good', async () => {
  const env = createTestEnv();
  env.disk.mkdir('/node');
  const path = '/node/server.properties';
  const replace = async (text: string): Promise<void> => {
    const replaced = replaceFile(env.disk, path, Buffer.from(text));
    await env.advance(10);
    await replaced;
    await env.advance(10);
  };
  await replace('node.id=1\n');
  const source = watchDiskLimits(env, path, new Map());
  expect(source.current()).toEqual({ limitBytes: null, freeBytesMin: null });
  await replace('node.id=1\nsluice.disk.limit.bytes=1000\nsluice.disk.free.min.bytes=5\n');
  expect(source.current()).toEqual({ limitBytes: 1000, freeBytesMin: 5 });
  await replace('sluice.disk.limit.bytes=lots\n');
  expect(source.current()).toEqual({ limitBytes: 1000, freeBytesMin: 5 });
  await replace('node.id=1\n');
  expect(source.current()).toEqual({ limitBytes: null, freeBytesMin: null });
  source.close();
  await replace('sluice.disk.limit.bytes=1\n');
  expect(source.current().limitBytes).toBeNull();
});

it.each(['-1', '1.5', 'lots', ''])('is no number of bytes: %j', (value) => {
  expect(() => { checkDiskLimits(new Map([['sluice.disk.limit.bytes', value]])); }).toThrow('must be a number of bytes');
});
