/**
 * `.kafka_cleanshutdown`: the last stop was clean, so logs need no recovery. It is removed, durably, before the first log is opened: a crash
 * that follows must find it gone.
 */
import { join } from 'node:path';
import { replaceFile, type Disk } from '#libs/kernel';

const MARKER = '.kafka_cleanshutdown';

export interface CleanShutdown { clean: boolean; /** −1 when unknown. */ brokerEpoch: number }

export async function takeCleanShutdownMarker(disk: Disk, logDir: string): Promise<CleanShutdown> {
  const path = join(logDir, MARKER);
  const content = disk.readFile(path);
  if (content === null) return { clean: false, brokerEpoch: -1 };
  disk.remove(path);
  await disk.syncDir(logDir);
  return { clean: true, brokerEpoch: readBrokerEpoch(content.toString('utf8')) };
}

/** The marker's presence is what counts; what stands in it may be of an older Kafka. */
function readBrokerEpoch(text: string): number {
  try {
    const marker: unknown = JSON.parse(text);
    if (typeof marker !== 'object' || marker === null || !('brokerEpoch' in marker)) return -1;
    return typeof marker.brokerEpoch === 'number' && Number.isSafeInteger(marker.brokerEpoch) ? marker.brokerEpoch : -1;
  } catch {
    return -1;
  }
}

/** The last step of a clean stop, after every log is closed and every checkpoint written. */
export async function writeCleanShutdownMarker(disk: Disk, logDir: string, brokerEpoch: number): Promise<void> {
  await replaceFile(disk, join(logDir, MARKER), Buffer.from(JSON.stringify({ version: 0, brokerEpoch }), 'utf8'));
}
