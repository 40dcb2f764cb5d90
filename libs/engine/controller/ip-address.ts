/** IP addresses as text: whether something is one, and one spelling for each. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** The canonical text of an address; null when it is none. */
export function canonicalIp(text: string): string | null {
  if (IPV4.test(text)) return text.split('.').map(Number).join('.');
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !text.includes(':')) return null;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return null;
  }
}

export const isIpAddress = (text: string): boolean => canonicalIp(text) !== null;
