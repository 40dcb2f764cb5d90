import { dirname } from 'node:path';
import type { Disk } from './ports.js';

/**
 * Replaces a file's content so that after a crash either the old or the new content is there: temp, sync, rename, sync of the directory.
 * `isWanted` is asked again before the rename; nothing is replaced when the path has become somebody else's meanwhile.
 */
export async function replaceFile(disk: Disk, path: string, content: Buffer, isWanted: () => boolean = () => true): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = disk.open(temporary, 'readwrite');
  try {
    file.truncate(0);
    file.write(0, [content]);
    await file.sync();
  } finally {
    file.close();
  }
  if (!isWanted()) return;
  disk.rename(temporary, path);
  await disk.syncDir(dirname(path));
}
