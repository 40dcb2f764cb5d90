/**
 * A broker's settings as they are in force now. Kafka's precedence: this broker's dynamic value, the cluster-wide dynamic value,
 * server.properties, Kafka's default. Values were checked when they were set; one that can't be read all the same falls through to the
 * next level. Cheap: a few map lookups, so ask when a value is needed rather than keep it.
 */
import type { MetadataImage } from '../api.js';
import { valueError } from './config-definition.js';
import { brokerConfigDefinitions, brokerDefinition, type ConfigContext } from './describe-config.js';

const BROKER = 4;

export interface BrokerConfigLookup {
  /** Null: none, and no default. */
  text(name: string): string | null;
  /** Whole numbers and fractions; beyond 2^53 the largest safe one. */
  number(name: string): number;
  boolean(name: string): boolean;
  /** Null unless somebody set it: at run time or in server.properties. */
  setText(name: string): string | null;
}

export function brokerConfig(image: Pick<MetadataImage, 'configs'>, context: ConfigContext): BrokerConfigLookup {
  const levels = [image.configs(BROKER, String(context.nodeId)), image.configs(BROKER, ''), context.properties];
  const setText = (name: string): string | null => {
    const definition = brokerDefinition(name);
    for (const level of levels) {
      const value = level.get(name);
      if (value !== undefined && (definition === undefined || valueError(definition, value) === null)) return value.trim();
    }
    return null;
  };
  const text = (name: string): string | null => setText(name) ?? brokerConfigDefinitions.get(name)?.defaultValue ?? null;
  return {
    setText, text,
    number: (name) => Math.min(Number(text(name) ?? Number.NaN), Number.MAX_SAFE_INTEGER),
    boolean: (name) => text(name)?.toLowerCase() === 'true',
  };
}
