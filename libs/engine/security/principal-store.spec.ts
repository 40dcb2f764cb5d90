import { createHash } from 'node:crypto';
import { replaceFile } from '#libs/kernel';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { PrincipalStore } from './api.js';
import { createPrincipalStore } from './principal-store.js';

const PATH = '/cluster/principals.json';
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const key = (id: string, secret: string, principal = 'User:sa-1', state = 'active') => ({ id, principal, secretSha256: sha(secret), scram: {}, state });
const file = (sequence: number, keys: unknown[], grants: unknown[] = [], clusterId = 'lkc-1') => ({ version: 1, sequence, clusterId, keys, grants });

let env: TestEnv;
beforeEach(() => { env = createTestEnv(); env.disk.mkdir('/cluster'); });
async function settled<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  void promise.finally(() => { done = true; });
  for (let turn = 0; turn < 100 && !done; turn++) await env.advance(10);
  return promise;
}
const put = (content: unknown): Promise<void> => settled(replaceFile(env.disk, PATH, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))));
const open = (): PrincipalStore => createPrincipalStore({ disk: env.disk, log: env.log, path: PATH, clusterId: 'lkc-1' });

describe('principal store', () => {
  it('verifies keys and knows grants', async () => {
    await put(file(1, [key('K1', 's1'), key('K2', 's2', 'User:sa-2', 'revoked')], [{ principal: 'User:u-1', role: 'CloudClusterAdmin' }, { principal: 'User:u-2', role: 'MetricsViewer' }]));
    const store = open();
    expect(store.verifyPlain('K1', 's1')).toEqual({ type: 'User', name: 'sa-1' });
    expect(store.verifyPlain('K1', 's2')).toBeNull();
    expect(store.verifyPlain('K2', 's2')).toBeNull();
    expect(store.verifyPlain('nobody', 's1')).toBeNull();
    expect(store.hasGrant({ type: 'User', name: 'u-1' })).toBe(true);
    expect(store.hasGrant({ type: 'User', name: 'u-2' })).toBe(false);
  });
  it('sees a replaced file at the next login, before any watch tells', async () => {
    await put(file(1, [key('K1', 's1')]));
    const store = open();
    await put(file(2, [key('K3', 's3')]));
    expect(store.verifyPlain('K3', 's3')).not.toBeNull();
    expect(store.verifyPlain('K1', 's1')).toBeNull();
    expect(store.isActive('K1', 'PLAIN')).toBe(false);
  });
  it('tells its listeners once per change', async () => {
    await put(file(1, [key('K1', 's1')]));
    const store = open();
    let told = 0;
    store.onChange(() => { told++; });
    await put(file(2, []));
    await env.advance(10_000);
    store.verifyPlain('K1', 's1');
    expect(told).toBe(1);
  });
  it.each([
    ['half a file', '{"version":1,"seq'], ['an older sequence', file(4, [key('K9', 's9')])], ['another cluster', file(9, [key('K9', 's9')], [], 'lkc-2')],
    ['a repeated id', file(9, [key('K9', 's9'), key('K9', 's9')])], ['a bad digest', file(9, [{ ...key('K9', 's9'), secretSha256: 'x' }])], ['a wrong version', { ...file(9, []), version: 2 }],
  ])('keeps the last good content over %s', async (_name, content) => {
    await put(file(5, [key('K1', 's1')]));
    const store = open();
    await put(content);
    expect(store.verifyPlain('K1', 's1')).not.toBeNull();
    expect(store.verifyPlain('K9', 's9')).toBeNull();
    expect(env.lines.some((line) => line.event === 'principals-refused')).toBe(true);
  });
  it('has the naming policy of the moment, and keeps one over a file that is gone or a policy that it doesn\'t understand', async () => {
    const withPolicy = (sequence: number, namingPolicy: unknown, keys: unknown[] = []) => ({ ...file(sequence, keys), namingPolicy });
    await put(file(1, []));
    const store = open();
    expect(store.namingPolicy()).toBeNull();
    await put(withPolicy(2, { mode: 'enforce', template: '<env>.<event>' }));
    expect(store.namingPolicy()?.policy).toMatchObject({ mode: 'enforce', parts: [{ name: 'env' }, { name: 'event' }] });
    await put(withPolicy(3, { mode: 'insist', template: '<env>.<event>' }, [key('K1', 's1')]));
    expect(store.namingPolicy()?.policy.mode).toBe('enforce');
    expect(store.verifyPlain('K1', 's1')).not.toBeNull();
    expect(env.lines.filter((line) => line.event === 'naming-policy-refused')).toEqual([expect.objectContaining({ fields: expect.objectContaining({ pointer: '/mode', keptMode: 'enforce' }) })]);
    env.disk.remove(PATH);
    expect(store.namingPolicy()?.policy.mode).toBe('enforce');
    await put(withPolicy(4, null));
    expect(store.namingPolicy()).toBeNull();
  });
  it('lets nobody in when the file is gone, and takes a newer one again', async () => {
    await put(file(5, [key('K1', 's1')]));
    const store = open();
    env.disk.remove(PATH);
    expect(store.verifyPlain('K1', 's1')).toBeNull();
    await put(file(6, [key('K1', 's1')]));
    expect(store.verifyPlain('K1', 's1')).not.toBeNull();
  });
  it('never answers from a mixture while files are replaced again and again', async () => {
    await put(file(1, [key('K', 'secret-1', 'User:sa-1')]));
    const store = open();
    for (let sequence = 2; sequence <= 50; sequence++) {
      const replacing = replaceFile(env.disk, PATH, Buffer.from(JSON.stringify(file(sequence, [key('K', `secret-${sequence}`, `User:sa-${sequence}`)]))));
      const old = store.verifyPlain('K', `secret-${sequence - 1}`);
      if (old !== null) expect(old.name).toBe(`sa-${sequence - 1}`);
      await settled(replacing);
      expect(store.verifyPlain('K', `secret-${sequence}`)?.name).toBe(`sa-${sequence}`);
      expect(store.verifyPlain('K', `secret-${sequence - 1}`)).toBeNull();
    }
  });
});
