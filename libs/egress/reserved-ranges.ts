/**
 * What isn't the public Internet: IANA's registries of special-purpose addresses (RFC 6890 and its successors), and what clouds keep for themselves.
 * `never`: no allowance of the operator's opens it, since it is no address of one machine.
 */
import { invariant } from '#libs/kernel';
import { parseRange, type AddressRange } from './address-range.js';

export interface ReservedRange extends AddressRange { what: string; isNever: boolean }

const NEVER = [
  ['0.0.0.0/8', 'unspecified'], ['224.0.0.0/4', 'multicast'], ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'], ['ff00::/8', 'multicast'],
] as const;

const UNLESS_ALLOWED = [
  ['10.0.0.0/8', 'private'], ['172.16.0.0/12', 'private'], ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared by carriers (CGNAT)'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local, where clouds have their metadata services'],
  ['168.63.129.16', 'a cloud\'s service for its own machines'],
  ['192.0.0.0/24', 'for protocol assignments'],
  ['192.0.2.0/24', 'for documentation'], ['198.51.100.0/24', 'for documentation'], ['203.0.113.0/24', 'for documentation'],
  ['192.88.99.0/24', 'of retired 6to4 relays'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['240.0.0.0/4', 'reserved'],
  ['::1', 'loopback'],
  ['64:ff9b:1::/48', 'for local translation'],
  ['100::/64', 'for discarding'],
  ['2001::/32', 'of Teredo tunnels'], ['2001:2::/48', 'for benchmarks'], ['2001::/23', 'for protocol assignments'],
  ['2001:db8::/32', 'for documentation'], ['3fff::/20', 'for documentation'],
  ['5f00::/16', 'for segment routing'],
  ['fc00::/7', 'private (unique local)'],
  ['fe80::/10', 'link-local'], ['fec0::/10', 'site-local'],
  // All that is public begins with the bits 001.
  ['::/3', 'reserved'], ['4000::/2', 'reserved'], ['8000::/1', 'reserved'],
] as const;

const toReserved = (isNever: boolean) => ([text, what]: readonly [string, string]): ReservedRange => {
  const range = parseRange(text);
  invariant(range !== null, `${text} is a range`);
  return { ...range, what, isNever };
};

/** The first that holds an address says what it is. */
export const reservedRanges: readonly ReservedRange[] = [...NEVER.map(toReserved(true)), ...UNLESS_ALLOWED.map(toReserved(false))];
