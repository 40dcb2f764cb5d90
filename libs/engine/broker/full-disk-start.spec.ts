import type { Net } from '#libs/kernel';
import { createTestEnv } from '#libs/kernel/testing';
import { startBroker, type Broker } from './broker.js';
import { readBrokerSettings } from './server-properties.js';
import { createStatusFile } from './status-file.js';

const net: Net = {
  listen: () => Promise.resolve({ port: 9092, setTls: () => undefined, close: () => Promise.resolve() }),
  connect: () => Promise.reject(new Error('nobody is asked')),
};
const settings = readBrokerSettings([
  'process.roles=broker,controller', 'node.id=1', 'cluster.id=AAAAAAAAAAAAAAAAAAAAAQ', 'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
  'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names=CONTROLLER', 'inter.broker.listener.name=PLAINTEXT',
  'controller.quorum.bootstrap.servers=127.0.0.1:9093', 'sluice.allow.plaintext=true', 'super.users=User:ANONYMOUS', 'log.dirs=/data', '',
].join('\n'));

it('a start that has no room says so, and works once there is some', async () => {
  const env = createTestEnv({ net });
  let pid = 0;
  const start = async (): Promise<Broker | { code: string; message: string }> => {
    const owner = `process-${++pid}`;
    const host = { owner, isRunning: (other: string) => other === owner, openFilesMax: null };
    const started = startBroker({ env, settings, host, status: createStatusFile(env.disk, env.log, null, { pid, bundle: null }, 0), onFatal: () => undefined }).catch((error: { code: string; message: string }) => error);
    await env.advance(1_000);
    return started;
  };
  const first = await start();
  if (!('shutdown' in first)) throw new Error(first.message);
  const stopped = first.shutdown();
  await env.advance(1_000);
  await stopped;
  env.disk.setCapacity(env.disk.usedBytes());
  expect(await start()).toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(/^the disk of \/data has no room/) });
  env.disk.setCapacity(null);
  expect(await start()).toHaveProperty('ports');
});
