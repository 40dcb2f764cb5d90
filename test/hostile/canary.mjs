// Loaded into a broker before its own code: memory that Node hands out uncleared holds a word that no client ever sent. An answer with it in shows
// bytes that belong to somebody else.
import { Buffer } from 'node:buffer';

export const CANARY = Buffer.from('c5a3e7f19bd1c5a3', 'hex');
for (const name of ['allocUnsafe', 'allocUnsafeSlow']) {
  const original = Buffer[name];
  Buffer[name] = (size) => original(size).fill(CANARY);
}
