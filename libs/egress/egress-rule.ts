/** The rule itself: pure, over addresses alone. */
import { embeddedFour, parseAddress, type Address } from './address.js';
import { holds, type AddressRange } from './address-range.js';
import { reservedRanges } from './reserved-ranges.js';

export interface OwnService { name: string; port: number }

export interface EgressRuleOptions {
  /** What the operator allows beside the public Internet. */
  allow: readonly AddressRange[];
  /** Of this machine, public ones among them. Asked each time: they come and go. */
  ownAddresses(): readonly string[];
  /** The platform's own, which no allowance opens. */
  ownServices(): readonly OwnService[];
}

export interface EgressRule {
  /** Null: the platform may connect there. Else why not, to be read after the address: "is private (10.0.0.0/8)". */
  refusalOf(address: string, port: number): string | null;
}

export function createEgressRule({ allow, ownAddresses, ownServices }: EgressRuleOptions): EgressRule {
  const isAllowed = (address: Address): boolean => allow.some((range) => holds(range, address));

  function ownOf(address: Address): boolean {
    return ownAddresses().some((text) => {
      const own = parseAddress(text);
      return own !== null && own.family === address.family && own.value === address.value;
    });
  }

  function judge(address: Address, port: number, isAllowedElsewise = false): string | null {
    const reserved = reservedRanges.find((range) => holds(range, address));
    if (reserved?.isNever) return `is ${reserved.what} (${reserved.text})`;
    const isOwn = ownOf(address);
    const service = isOwn || reserved?.what === 'loopback' ? ownServices().find((each) => each.port === port) : undefined;
    if (service) return `with port ${port} is the platform's own ${service.name}`;
    if (isAllowedElsewise || isAllowed(address)) return null;
    if (isOwn) return 'is this machine\'s own address';
    return reserved ? `is ${reserved.what} (${reserved.text})` : null;
  }

  return {
    refusalOf(text, port) {
      const address = parseAddress(text);
      if (address === null) return 'is no IP address';
      const embedded = embeddedFour(address);
      const inner = embedded && judge(embedded.address, port, isAllowed(address));
      if (inner !== null) return `stands for an IPv4 address that ${inner}`;
      return embedded?.isAlias ? null : judge(address, port);
    },
  };
}
