import { bitsOf, parseAddress, type Address } from './address.js';

export interface AddressRange { text: string; family: 4 | 6; first: bigint; last: bigint }

/** `10.0.0.0/8`, `fd00::/8`, or one address. Null for what is neither, and for a range whose address has bits beyond its length: it says two things. */
export function parseRange(text: string): AddressRange | null {
  const [addressText = '', lengthText, more] = text.split('/');
  const address = parseAddress(addressText);
  if (address === null || more !== undefined) return null;
  const bits = bitsOf(address.family);
  if (lengthText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return null;
  const length = lengthText === undefined ? bits : Number(lengthText);
  if (length > bits) return null;
  const size = 1n << BigInt(bits - length);
  if (address.value % size !== 0n) return null;
  return { text, family: address.family, first: address.value, last: address.value + size - 1n };
}

export const holds = ({ family, first, last }: AddressRange, address: Address): boolean => address.family === family && address.value >= first && address.value <= last;
