import type { Random } from '#libs/kernel';

/** A random version-4 uuid in Kafka's notation. Never one that begins with '-', which Kafka's command lines would take for an option. */
export function newUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const id = bytes.toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
