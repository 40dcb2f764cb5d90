/** Hosts as people and clusters write them. What a resolver would read as a number in another notation is refused before it is asked. */
import { isIP } from 'node:net';
import { parseAddress } from './address.js';
import { EgressRefusedError } from './egress.errors.js';
import { egressLimits } from './egress.limits.js';

export type EgressHost = { kind: 'address'; address: string } | { kind: 'name'; name: string };

const LABEL = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i;
const shown = (text: string): string => JSON.stringify(text.slice(0, 80));

/** Throws EgressRefusedError. A name comes back without a dot at its end, in small letters. */
export function parseHost(text: string): EgressHost {
  const refuse = (why: string): EgressRefusedError => new EgressRefusedError(`the host ${shown(text)} ${why}`);
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  if (bare.includes(':') || bare !== text) {
    if (parseAddress(bare)?.family !== 6 || isIP(bare) !== 6) throw refuse('is no IPv6 address');
    return { kind: 'address', address: bare.toLowerCase() };
  }
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name === '' || name.length > egressLimits.hostLengthMax) throw refuse(`must have 1 to ${egressLimits.hostLengthMax} characters`);
  if (parseAddress(name)) return { kind: 'address', address: name };
  const labels = name.split('.');
  if (labels.some((label) => !LABEL.test(label) || label.length > egressLimits.labelLengthMax)) throw refuse('is neither a name of DNS nor an IP address');
  // No name ends in a number (RFC 3696); resolvers take such texts for addresses in decimal, octal or hexadecimal notation.
  if (/^(0x[0-9a-f]*|\d+)$/i.test(labels.at(-1)!)) throw refuse('is a number that isn\'t written as an IP address is: four parts from 0 to 255 without leading zeros');
  return { kind: 'name', name: name.toLowerCase() };
}
