/**
 * The disk limit of the cluster and the room that it leaves free: the two settings of server.properties that count as soon as the file is
 * replaced. They are the operator's; whatever can be set over Kafka's protocol a tenant could raise.
 */
import type { Env } from '#libs/kernel';
import { readDiskLimits, type DiskLimits } from '../replication/index.js';
import { brokerErrors } from './broker.errors.js';
import { BROKER_LIMITS } from './broker.limits.js';
import { parseJavaProperties } from './java-properties.js';

const KEYS = ['sluice.disk.limit.bytes', 'sluice.disk.free.min.bytes'] as const;

/** Throws BAD_CONFIG for what is no number of bytes. */
export function checkDiskLimits(properties: ReadonlyMap<string, string>): void {
  for (const key of KEYS) {
    const value = properties.get(key);
    if (value === undefined || /^\d{1,15}$/.test(value.trim())) continue;
    throw brokerErrors.badProperty(`Invalid value ${value} for configuration ${key}: must be a number of bytes`);
  }
}

export interface DiskLimitsSource {
  current(): DiskLimits;
  close(): void;
}

export function watchDiskLimits(env: Pick<Env, 'disk' | 'log'>, path: string | null, properties: ReadonlyMap<string, string>): DiskLimitsSource {
  let limits = readDiskLimits(properties);
  const reload = (file: string): void => {
    try {
      const bytes = env.disk.readFile(file);
      if (bytes === null || bytes.length > BROKER_LIMITS.propertiesFileBytesMax) return;
      const changed = parseJavaProperties(bytes.toString('utf8'));
      checkDiskLimits(changed);
      const next = readDiskLimits(changed);
      if (next.limitBytes === limits.limitBytes && next.freeBytesMin === limits.freeBytesMin) return;
      limits = next;
      env.log.write('info', 'disk.limits.changed', { ...next });
    } catch (error) {
      // What was good goes on counting.
      env.log.write('error', 'disk.limits.not-changed', { path: file, error: (error as Error).message });
    }
  };
  const watch = path === null ? null : env.disk.watch(path, () => { reload(path); });
  return { current: () => limits, close: () => watch?.close() };
}
