/** How many connections there may be, as it is set now: at run time, in server.properties, or our defaults, and never more than the process can open. */
import { brokerConfig, type BrokerConfigLookup, type MetadataImage } from '../controller/index.js';
import { SERVER_LIMITS, type BrokerConfig, type ConnectionLimits } from '../server/index.js';
import { brokerErrors } from './broker.errors.js';
import { BROKER_LIMITS } from './broker.limits.js';

const CREATION_RATE = 'max.connection.creation.rate';
const NO_RATE = 2 ** 31 - 1;
const OVERRIDES = 'max.connections.per.ip.overrides';

/** `address:count,address:count`; an IPv6 address keeps its colons, the last one counts. */
export function parseOverrides(text: string): Map<string, number> {
  const overrides = new Map<string, number>();
  for (const item of text.split(',').map((part) => part.trim()).filter((part) => part !== '')) {
    const match = /^(.+?)\s*:\s*(\d{1,10})$/.exec(item);
    if (match === null) throw brokerErrors.badProperty(`Invalid value ${text} for configuration ${OVERRIDES}: '${item}' is not of the form address:count`);
    overrides.set(match[1]!.replace(/^\[(.*)\]$/, '$1'), Number(match[2]));
  }
  return overrides;
}

function readableOverrides(text: string): ReadonlyMap<string, number> {
  try {
    return parseOverrides(text);
  } catch {
    return new Map();
  }
}

/** Files that logs keep open come out of the same number: a log that can't be opened would end the broker, a connection less doesn't. */
export function connectionsThatFit(openFilesMax: number | null): number {
  if (openFilesMax === null) return Infinity;
  return openFilesMax - Math.min(BROKER_LIMITS.openFilesReserved, Math.floor(openFilesMax / 2));
}

/** `max.connection.creation.rate`: of the broker for null, else of a listener; null where nobody set one. */
export function connectionRateSource(image: () => Pick<MetadataImage, 'configs'>, config: Pick<BrokerConfig, 'nodeId' | 'properties'>): (listenerName: string | null) => number | null {
  return (listenerName) => {
    const lookup = brokerConfig(image(), config);
    const rate = Number(lookup.setText(listenerName === null ? CREATION_RATE : `listener.name.${listenerName.toLowerCase()}.${CREATION_RATE}`) ?? NO_RATE);
    // With a rate of 0 nobody would come in, to set it back.
    return rate > 0 && rate < NO_RATE ? rate : null;
  };
}

export function connectionLimitsSource(image: () => Pick<MetadataImage, 'configs'>, config: Pick<BrokerConfig, 'nodeId' | 'properties'>, openFilesMax: number | null): () => ConnectionLimits {
  const fit = connectionsThatFit(openFilesMax);
  const interBroker = config.properties.get('inter.broker.listener.name')?.trim().toUpperCase();
  // Of the brokers' own listener only what the operator wrote: a value that came with another cluster's metadata locks nobody out.
  const ofListener = (lookup: BrokerConfigLookup, listener: string): number => {
    const name = `listener.name.${listener.toLowerCase()}.max.connections`;
    return Number((listener === interBroker ? config.properties.get(name) : lookup.setText(name)) ?? Infinity);
  };
  let overridesText = '';
  let perAddressOverrides: ReadonlyMap<string, number> = new Map();
  return () => {
    const lookup = brokerConfig(image(), config);
    const number = (name: string, ours: number): number => Number(lookup.setText(name) ?? ours);
    const text = lookup.setText(OVERRIDES) ?? '';
    if (text !== overridesText) {
      perAddressOverrides = readableOverrides(text);
      overridesText = text;
    }
    return {
      perListener: (listener) => ofListener(lookup, listener),
      total: Math.min(number('max.connections', SERVER_LIMITS.connectionsMax), fit), perAddress: number('max.connections.per.ip', SERVER_LIMITS.connectionsPerAddressMax),
      perAddressOverrides, perPrincipal: number('sluice.max.connections.per.principal', SERVER_LIMITS.connectionsPerPrincipalMax),
      openable: fit,
    };
  };
}
