import { dirname } from 'node:path';
import type { Disk } from './ports.js';

/** Replaces a file's content so that after a crash either the old or the new content is there: temp, sync, rename, sync of the directory. */
export async function replaceFile(disk: Disk, path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = disk.open(temporary, 'readwrite');
  try {
    file.truncate(0);
    file.write(0, [content]);
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  await disk.syncDir(dirname(path));
}
