/** A setting's type, default and rule, and the check of a value against them with Kafka's own messages. */

export const ConfigType = { BOOLEAN: 1, STRING: 2, INT: 3, SHORT: 4, LONG: 5, DOUBLE: 6, LIST: 7, CLASS: 8, PASSWORD: 9 } as const;
export type ConfigTypeName = keyof typeof ConfigType;

/** Answers what is wrong, or null. */
type Rule = (value: string, items: readonly string[]) => string | null;

export interface ConfigDefinition {
  name: string;
  type: ConfigTypeName;
  /** Null: none. */
  defaultValue: string | null;
  rule: Rule;
  /** A list of values that the rule names. */
  isListOfGiven: boolean;
  sensitive: boolean;
  documentation: string | null;
}

const INTEGER_LIMITS = { SHORT: [-(2n ** 15n), 2n ** 15n - 1n], INT: [-(2n ** 31n), 2n ** 31n - 1n], LONG: [-(2n ** 63n), 2n ** 63n - 1n] } as const;

export function listItems(value: string): string[] {
  return value.trim() === '' ? [] : value.split(',').map((item) => item.trim());
}

function typeError(type: ConfigTypeName, value: string): string | null {
  const trimmed = value.trim();
  switch (type) {
    case 'BOOLEAN': return /^(true|false)$/i.test(trimmed) ? null : 'Expected value to be either true or false';
    case 'SHORT': case 'INT': case 'LONG': {
      const [low, high] = INTEGER_LIMITS[type];
      const fits = /^[+-]?\d{1,19}$/.test(trimmed) && BigInt(trimmed.replace(/^\+/, '')) >= low && BigInt(trimmed.replace(/^\+/, '')) <= high;
      return fits ? null : `Not a number of type ${type}`;
    }
    case 'DOUBLE': return trimmed !== '' && Number.isFinite(Number(trimmed)) ? null : 'Not a number of type DOUBLE';
    default: return null;
  }
}

function rangeRule(low: number, high: number | null, alsoAllowed: number | null): Rule {
  return (value) => {
    const number = Number(value);
    if (number === alsoAllowed) return null;
    if (alsoAllowed !== null && (number < low || (high !== null && number > high))) return `Value must be between ${low} and ${high} or equal to ${alsoAllowed}`;
    if (number < low) return `Value must be at least ${low}`;
    return high !== null && number > high ? `Value must be no more than ${high}` : null;
  };
}

function oneOfRule(allowed: readonly string[], ignoreCase: boolean): Rule {
  const known = new Set(ignoreCase ? allowed.map((item) => item.toUpperCase()) : allowed);
  const detail = `String must be one of${ignoreCase ? ' (case insensitive)' : ''}: ${allowed.join(', ')}`;
  return (_value, items) => (items.every((item) => known.has(ignoreCase ? item.toUpperCase() : item)) ? null : detail);
}

/** A cell that lists the values there are. */
const ONE_OF = /^(\(case insensitive\) )?\[([a-z].+)\]$/i;
const THROTTLED = '[partitionId]:[brokerId],[partitionId]:[brokerId],...';

/** The rule that a cell of the table means. */
function ruleOf(cell: string): Rule {
  const range = /^\[(-?\d+),\.\.\.(?:,(-?\d+))?\](?: or (-?\d+))?$/.exec(cell);
  if (range !== null) return rangeRule(Number(range[1]), range[2] === undefined ? null : Number(range[2]), range[3] === undefined ? null : Number(range[3]));
  if (cell === THROTTLED) {
    return (value, items) => (value.trim() === '*' || items.every((item) => item === '' || /^\d+:\d+$/.test(item)) ? null
      : `must be the literal '*' or a list of replicas in the following format: ${THROTTLED}`);
  }
  const values = ONE_OF.exec(cell);
  if (values !== null) return oneOfRule(values[2]!.split(', '), values[1] !== undefined);
  if (cell === 'non-empty string') return (value) => (value.trim() === '' ? 'String must be non-empty' : null);
  return () => null;
}

function defaultOf(cell: string, type: ConfigTypeName): string | null {
  if (cell === 'null' || cell === '(required)') return null;
  if (cell === '-') return '';
  if (type === 'LIST') return cell.replace(/^\[|\]$/g, '').split(', ').join(',');
  return type === 'CLASS' ? cell.replace(/^class /, '') : cell;
}

/** Reads a table: name | type | default | valid values [| what it is]. */
export function parseDefinitions(table: string): ReadonlyMap<string, ConfigDefinition> {
  const definitions = new Map<string, ConfigDefinition>();
  for (const line of table.split('\n')) {
    if (line === '') continue;
    const [name = '', type = '', defaultCell = '', valid = '', documentation] = line.split(' | ');
    const typeName = type as ConfigTypeName;
    definitions.set(name, {
      name, type: typeName, defaultValue: defaultOf(defaultCell, typeName), rule: ruleOf(valid), isListOfGiven: typeName === 'LIST' && ONE_OF.test(valid),
      sensitive: typeName === 'PASSWORD', documentation: documentation ?? null,
    });
  }
  return definitions;
}

/** Kafka's message when the value may not be, or null. */
export function valueError(definition: ConfigDefinition, value: string): string | null {
  const wrongType = typeError(definition.type, value);
  if (wrongType !== null) return `Invalid value ${value} for configuration ${definition.name}: ${wrongType}`;
  const items = definition.type === 'LIST' ? listItems(value) : [value];
  // One that is there twice counts once (KIP-1161).
  if (definition.isListOfGiven && items.includes('')) return `Configuration '${definition.name}' values must not be empty.`;
  const broken = definition.rule(value, items);
  if (broken === null) return null;
  const shown = definition.type === 'LIST' ? items.find((item) => definition.rule(item, [item]) !== null) ?? value : value;
  return `Invalid value ${shown} for configuration ${definition.name}: ${broken}`;
}
