/** CRC-32C: the addon where it loads and agrees with the table, else the table. */
import { crc32cTable } from '../crc32c.js';
import { lazily, load } from './natives.js';

type Crc32c = (bytes: Buffer, previous?: number) => number;

export const findCrc32c = lazily<Crc32c>(() => {
  try {
    const { crc32c } = load('@node-rs/crc32') as { crc32c: Crc32c };
    const check = Buffer.from('123456789');
    return crc32c(check) === crc32cTable(check) ? crc32c : crc32cTable;
  } catch {
    return crc32cTable;
  }
});
