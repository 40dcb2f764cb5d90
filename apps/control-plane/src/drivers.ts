/** The engines of this installation. */
import type { ClusterDriver } from '#libs/control/domain';
import { createApacheDrivers } from '#libs/drivers/apache';
import { createEmbeddedDriver } from '#libs/drivers/embedded';
import { OperationalError, type Log } from '#libs/kernel';
import type { Pki } from '#libs/pki';
import type { Closers } from './closers.js';
import type { PlatformConfig } from './config.js';

export async function openDrivers(config: PlatformConfig, pki: Pki, log: Log, closers: Closers): Promise<ClusterDriver[]> {
  const { home } = config;
  const embedded = await createEmbeddedDriver({ home, bundleDirectory: config.brokerBundle, pki, log });
  closers.add('driver', () => embedded.close());
  const apache = await createApacheDrivers({ home, pki, log, ...config.kafka });
  closers.add('driver of Apache Kafka', () => apache.close());
  return limitTo(config.engines, [embedded, ...apache.drivers]);
}

/** An engine that the operator doesn't offer still looks after the clusters that it has. */
function limitTo(engines: readonly string[] | null, drivers: readonly ClusterDriver[]): ClusterDriver[] {
  const names = drivers.map(({ name }) => name);
  const unknown = engines?.filter((engine) => !names.includes(engine)) ?? [];
  if (unknown.length > 0) throw new OperationalError('engine_unknown', `SLUICE_ENGINES names ${unknown.join(', ')}; there are ${names.join(', ')}`, false);
  return drivers.map((driver) => (engines === null || engines.includes(driver.name) ? driver : { ...driver, offer: () => ({ ...driver.offer(), problem: 'the operator of this platform does not offer it' }) }));
}
