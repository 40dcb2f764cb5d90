import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { EgressUnresolvableError } from './egress.errors.js';
import { egressLimits } from './egress.limits.js';

/** Every address of a name, in the order in which they are to be tried. Throws EgressUnresolvableError. */
export type Resolve = (name: string) => Promise<string[]>;

/** As the machine's own resolver has it: names of its hosts file too, which the rule then judges. */
export function createResolver(): Resolve {
  return async (name) => {
    try {
      const found = await lookup(name, { all: true, order: 'verbatim' });
      return [...new Set(found.map(({ address }) => address))].slice(0, egressLimits.addressesMax);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      const why = code === 'ENOTFOUND' ? 'there is no such name' : code === 'EAI_AGAIN' ? 'the name server doesn\'t answer' : code;
      throw new EgressUnresolvableError(`the host ${name} can't be resolved: ${why}`, error);
    }
  };
}

/** Of this machine at the moment. */
export const ownAddresses = (): string[] => Object.values(networkInterfaces()).flatMap((each) => each ?? []).map(({ address }) => address.replace(/%.*$/, ''));
