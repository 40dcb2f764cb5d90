/** IP addresses as numbers. Strict: what has more than one reading (octal, hexadecimal, short forms, zones) is no address here. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

export function parseAddress(text: string): Address | null {
  const four = parseFour(text);
  if (four !== null) return { family: 4, value: four };
  const six = parseSix(text);
  return six === null ? null : { family: 6, value: six };
}

function parseFour(text: string): bigint | null {
  const parts = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

const GROUPS = 8;

/** The groups of one side of `::`; null when one of them is none. */
function groupsOf(text: string): bigint[] | null {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const embedded = index === parts.length - 1 ? parseFour(part) : null;
    if (embedded !== null) groups.push(embedded >> 16n, embedded & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
}

function parseSix(text: string): bigint | null {
  if (!text.includes(':') || text.length > 45) return null;
  const sides = text.split('::');
  if (sides.length > 2) return null;
  // Dotted digits end an address: before `::` they would stand in its middle.
  if (sides.length === 2 && sides[0]!.includes('.')) return null;
  const [head, tail] = [groupsOf(sides[0]!), groupsOf(sides[1] ?? '')];
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (sides.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

export const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

export interface Embedded {
  address: Address;
  /** The IPv6 address is only another way of writing it; else it is an address of its own beside. */
  isAlias: boolean;
}

const TRANSLATED = new Set([0xffffn, 0xffff_0000n, 0x0064_ff9b_0000_0000_0000_0000n]);

/**
 * The IPv4 address that an IPv6 one carries, or null: mapped (::ffff:a.b.c.d), translated (::ffff:0:a.b.c.d), compatible (::a.b.c.d), NAT64 (64:ff9b::a.b.c.d),
 * 6to4 (2002:aabb:ccdd::) and ISATAP (…:0:5efe:a.b.c.d). What takes packets for one of these may deliver them to the other.
 */
export function embeddedFour({ family, value }: Address): Embedded | null {
  if (family === 4) return null;
  const four = (bits: bigint): Address => ({ family: 4, value: bits & 0xffff_ffffn });
  const prefix = value >> 32n;
  if (TRANSLATED.has(prefix) || (prefix === 0n && value > 1n)) return { address: four(value), isAlias: true };
  if (value >> 112n === 0x2002n) return { address: four(value >> 80n), isAlias: false };
  if ((prefix & 0xfdff_ffffn) === 0x5efen) return { address: four(value), isAlias: false };
  return null;
}
