/** `.lock` in the log directory: one broker at a time. It names a process by pid and start time, so a killed broker's lock is nobody's. */
import { join } from 'node:path';
import { makeDirectory, type Disk } from '#libs/kernel';
import { brokerErrors } from './broker.errors.js';

const LOCK = '.lock';

export interface DirectoryLock { release(): void }

/** `owner` is this process; `isRunning` says whether a process that a lock names is alive. */
export async function lockDirectory(disk: Disk, directory: string, owner: string, isRunning: (owner: string) => boolean): Promise<DirectoryLock> {
  await makeDirectory(disk, directory);
  const path = join(directory, LOCK);
  const holder = disk.readFile(path)?.toString('utf8').trim() ?? '';
  if (holder !== '' && holder !== owner && isRunning(holder)) throw brokerErrors.locked(directory, holder);
  const put = (content: string): void => {
    const file = disk.open(path, 'readwrite');
    try {
      file.truncate(0);
      file.write(0, [Buffer.from(content, 'utf8')]);
    } finally {
      file.close();
    }
  };
  put(`${owner}\n`);
  return { release: () => put('') };
}
