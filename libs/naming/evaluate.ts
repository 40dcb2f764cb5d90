/** What a policy says of one name, part by part. Never throws, whatever the text. */
import { namingLimits } from './naming.limits.js';
import type { CompiledNamingPolicy, CompiledPart } from './policy.js';

export interface PartVerdict {
  part: string;
  /** What the name has there; null when it is too short to have anything. */
  value: string | null;
  expected: string;
  fits: boolean;
  /** Null when it fits. */
  reason: string | null;
}

export interface NameVerdict {
  topicName: string;
  /** Exempt names fit. */
  fits: boolean;
  /** Which exemption holds; null for none, and then the parts decide. */
  exemption: string | null;
  /** Why it can't be a topic's name at all, whatever the policy. */
  illegal: string | null;
  parts: PartVerdict[];
}

const FOREIGN = /[^a-zA-Z0-9._-]/u;

function illegality(name: string): string | null {
  if (name === '') return 'a topic name isn\'t empty';
  if (name === '.' || name === '..') return `"${name}" is no topic name`;
  if (name.length > namingLimits.topicNameLengthMax) return `it has ${name.length} characters; at most ${namingLimits.topicNameLengthMax} are allowed`;
  const foreign = FOREIGN.exec(name);
  return foreign === null ? null : `it holds ${JSON.stringify(foreign[0])}; only a-z, A-Z, 0-9, ".", "_" and "-" are allowed`;
}

/** The last part takes all that is left, dots included. */
export function splitName(name: string, parts: number): (string | null)[] {
  const segments = name.split('.');
  return Array.from({ length: parts }, (_, index) => (index < parts - 1 ? segments[index] ?? null : segments.length < parts ? null : segments.slice(index).join('.')));
}

/** Names are long, and messages must hold the reasons too. */
const quoted = (text: string): string => `"${text.length > namingLimits.quotedLengthMax ? `${text.slice(0, namingLimits.quotedLengthMax - 3)}...` : text}"`;

function reasonOf(part: CompiledPart, value: string | null): string {
  if (value === null) return 'it is missing';
  if (value === '') return 'it is empty';
  if (part.fits(value.toLowerCase())) return `${quoted(value)} has capital letters`;
  return part.values === null ? `${quoted(value)} doesn't match` : `${quoted(value)} isn't among them`;
}

export function evaluateName(compiled: CompiledNamingPolicy, topicName: string): NameVerdict {
  const illegal = illegality(topicName);
  const exemption = illegal === null ? compiled.exemption(topicName) : null;
  // Beyond any legal length the text isn't taken apart: it can be megabytes.
  const values = splitName(topicName.slice(0, namingLimits.topicNameLengthMax + 1), compiled.parts.length);
  const parts = compiled.parts.map((part, index): PartVerdict => {
    const value = values[index]!;
    const fits = value !== null && part.fits(value);
    return { part: part.name, value, expected: part.expected, fits, reason: fits ? null : reasonOf(part, value) };
  });
  return { topicName, exemption, illegal, parts, fits: illegal === null && (exemption !== null || parts.every((part) => part.fits)) };
}

/** One sentence or two for error messages, headers and logs: of bounded length, the proposal whole in any case, and ASCII for a legal name. */
export function explainVerdict({ topicName, illegal, parts }: NameVerdict, template: string, proposal: string | null): string {
  const problems = illegal === null ? parts.filter((part) => !part.fits).map(({ part, expected, reason }) => `<${part}>: ${reason!}, expected ${expected}`) : [illegal];
  const advice = proposal === null ? '' : ` Try "${proposal}".`;
  const text = `Topic name ${quoted(topicName)} doesn't follow the naming policy ${template}. ${problems.join('; ')}`;
  const room = namingLimits.messageLengthMax - advice.length - 1;
  return `${text.length > room ? `${text.slice(0, room - 3)}...` : `${text}.`}${advice}`;
}
