/**
 * A naming policy: a template, a rule for each of its parts, exemptions, and what happens to names that don't fit. Platform and brokers compile it with this
 * one function, from what a caller sent or from a broker's file alike, so they can't judge differently.
 */
import { namingLimits } from './naming.limits.js';
import { NamingPolicyFailure } from './naming.errors.js';
import { compilePattern, type Pattern } from './pattern.js';
import { PatternSyntaxError } from './pattern-syntax.js';
import { defaultExemptionPatterns, defaultRule, type PartRule } from './templates.js';

export const namingModes = ['off', 'warn', 'enforce'] as const;
export type NamingMode = (typeof namingModes)[number];

export type NamingPart = { name: string } & PartRule;
export interface NamingExemptions { names: readonly string[]; prefixes: readonly string[]; patterns: readonly string[] }

/** Complete: every part of the template has its rule, in its order. */
export interface NamingPolicy { mode: NamingMode; template: string; parts: readonly NamingPart[]; exemptions: NamingExemptions }

/** As asked for: parts that aren't named have their default, and so have exemptions. */
export interface NamingPolicyInput {
  mode: string;
  template: string;
  parts?: readonly { name: string; values?: readonly string[]; pattern?: string }[];
  exemptions?: { names?: readonly string[]; prefixes?: readonly string[]; patterns?: readonly string[] };
}

export interface CompiledPart {
  readonly name: string;
  readonly isLast: boolean;
  /** What the part may be, in words. */
  readonly expected: string;
  readonly values: readonly string[] | null;
  readonly pattern: Pattern | null;
  /** The shortest text that fits. */
  readonly shortest: string;
  fits(text: string): boolean;
}

export interface CompiledNamingPolicy {
  readonly policy: NamingPolicy;
  readonly parts: readonly CompiledPart[];
  /** Which exemption holds for the name, in words; null for none. */
  exemption(topicName: string): string | null;
}

/** What is left of the characters that all patterns together may stand on. */
interface Room { positions: number }

const TEMPLATE = /^<[^<>]*>(\.<[^<>]*>)*$/;
const PART_NAME = /^[a-z][a-z0-9_-]*$/;
const LEGAL_TEXT = /^[a-zA-Z0-9._-]+$/;
const SHOWN_VALUES = 12;

function fail(pointer: string, message: string): never {
  throw new NamingPolicyFailure(pointer, message);
}

export function parseTemplate(template: unknown): string[] {
  if (typeof template !== 'string' || !TEMPLATE.test(template)) fail('/template', 'the template is a sequence of parts between dots, such as <env>.<team>.<app>.<type>');
  const names = template.slice(1, -1).split('>.<');
  if (names.length > namingLimits.templatePartsMax) fail('/template', `the template has ${names.length} parts; at most ${namingLimits.templatePartsMax} are allowed`);
  for (const [index, name] of names.entries()) {
    if (!PART_NAME.test(name) || name.length > namingLimits.partNameLengthMax) {
      fail('/template', `the part <${name.slice(0, namingLimits.partNameLengthMax)}> isn't named by a small letter and up to ${namingLimits.partNameLengthMax - 1} of a-z, 0-9, "_" and "-"`);
    }
    if (names.indexOf(name) !== index) fail('/template', `the part <${name}> stands in the template twice`);
  }
  return names;
}

/** Throws NamingPolicyFailure. Takes anything: what a file holds is no better known than what a caller sends. */
export function compileNamingPolicy(input: NamingPolicyInput): CompiledNamingPolicy {
  if (typeof input !== 'object' || input === null) fail('', 'a naming policy is an object');
  const mode = namingModes.find((each) => each === input.mode) ?? fail('/mode', `the mode is one of ${namingModes.join(', ')}`);
  const names = parseTemplate(input.template);
  const rules = rulesByName(input.parts ?? [], names);
  const room = { positions: namingLimits.policyPositionsMax };
  const parts = names.map((name, index) => {
    const isLast = index === names.length - 1;
    const given = rules.get(name);
    return compilePart(name, given?.rule ?? defaultRule(name, isLast), isLast, given?.pointer ?? '/parts', room);
  });
  const sample = parts.reduce((length, part) => length + part.shortest.length + 1, -1);
  if (sample > namingLimits.topicNameLengthMax) fail('/parts', `the shortest name that fits has ${sample} characters; a topic name has at most ${namingLimits.topicNameLengthMax}`);
  if (parts.length === 1 && /^\.{1,2}$/.test(parts[0]!.shortest)) fail('/parts', '"." and ".." are no topic names; make the part longer');
  const { exemptions, compiled } = readExemptions(input.exemptions ?? {}, room);
  const policy: NamingPolicy = {
    mode, template: input.template, exemptions,
    parts: parts.map(({ name, values, pattern }) => (values === null ? { name, pattern: pattern!.source } : { name, values })),
  };
  return { policy, parts, exemption: createExemption(exemptions, compiled) };
}

function rulesByName(given: NonNullable<NamingPolicyInput['parts']>, names: readonly string[]): Map<string, { rule: PartRule; pointer: string }> {
  if (!Array.isArray(given)) fail('/parts', 'parts is a list');
  const rules = new Map<string, { rule: PartRule; pointer: string }>();
  for (const [index, part] of given.entries()) {
    const pointer = `/parts/${index}`;
    if (typeof part !== 'object' || part === null || typeof part.name !== 'string') fail(pointer, 'a part has a name');
    if (!names.includes(part.name)) fail(`${pointer}/name`, `the template has no part <${part.name}>; its parts are ${names.map((name) => `<${name}>`).join(', ')}`);
    if (rules.has(part.name)) fail(`${pointer}/name`, `the part <${part.name}> is described twice`);
    const { values, pattern } = part;
    if ((values === undefined) === (pattern === undefined)) fail(pointer, `the part <${part.name}> needs either values or a pattern`);
    rules.set(part.name, { rule: values === undefined ? { pattern: pattern! } : { values }, pointer });
  }
  return rules;
}

function compilePart(name: string, rule: PartRule, isLast: boolean, pointer: string, room: Room): CompiledPart {
  if ('values' in rule) {
    const values = readTexts(rule.values, `${pointer}/values`, namingLimits.valuesPerPartMax);
    if (values.length === 0) fail(`${pointer}/values`, `the part <${name}> has no value that it could be`);
    const dotted = isLast ? -1 : values.findIndex((value) => value.includes('.'));
    if (dotted >= 0) fail(`${pointer}/values/${dotted}`, `"${values[dotted]!}" holds a dot; only the last part of a template may`);
    const known = new Set(values);
    const more = values.length > SHOWN_VALUES ? ` and ${values.length - SHOWN_VALUES} more` : '';
    return {
      name, isLast, values, pattern: null, shortest: values.reduce((best, value) => (value.length < best.length ? value : best)),
      expected: values.length === 1 ? `"${values[0]!}"` : `one of ${values.slice(0, SHOWN_VALUES).join(', ')}${more}`, fits: (text) => known.has(text),
    };
  }
  const pattern = readPattern(rule.pattern, `${pointer}/pattern`, isLast, room);
  const found = pattern.nearest('', { steps: 0 });
  if (found === null) fail(`${pointer}/pattern`, `no text${isLast ? '' : ' without dots'} fits the pattern of the part <${name}>`);
  return { name, isLast, values: null, pattern, shortest: found.text, expected: `the pattern ${pattern.source}`, fits: pattern.matches };
}

/** Spends room, and stops where there is none left: a policy that is too large isn't even compiled. */
function readPattern(source: unknown, pointer: string, dots: boolean, room: Room): Pattern {
  if (typeof source !== 'string') fail(pointer, 'a pattern is a text');
  try {
    const pattern = compilePattern(source, { dots });
    room.positions -= pattern.positions;
    if (room.positions < 0) fail(pointer, `the patterns of the policy are too large together: written out they may have ${namingLimits.policyPositionsMax} characters`);
    return pattern;
  } catch (error) {
    if (error instanceof PatternSyntaxError) fail(pointer, error.message);
    throw error;
  }
}

function readTexts(given: unknown, pointer: string, max: number): readonly string[] {
  if (!Array.isArray(given)) fail(pointer, 'a list of texts is needed');
  if (given.length > max) fail(pointer, `there are ${given.length} entries; at most ${max} are allowed`);
  const texts: string[] = [];
  for (const [index, text] of (given as readonly unknown[]).entries()) {
    if (typeof text !== 'string' || !LEGAL_TEXT.test(text) || text.length > namingLimits.topicNameLengthMax) {
      fail(`${pointer}/${index}`, `each entry is 1 to ${namingLimits.topicNameLengthMax} characters of those that topic names are made of: a-z, A-Z, 0-9, ".", "_" and "-"`);
    }
    if (!texts.includes(text)) texts.push(text);
  }
  return texts;
}

function readExemptions(given: NonNullable<NamingPolicyInput['exemptions']>, room: Room): { exemptions: NamingExemptions; compiled: Pattern[] } {
  if (typeof given !== 'object' || given === null) fail('/exemptions', 'exemptions are an object');
  const read = (kind: 'names' | 'prefixes'): readonly string[] => readTexts(given[kind] ?? [], `/exemptions/${kind}`, namingLimits.exemptionsMax);
  const patterns: unknown = given.patterns ?? defaultExemptionPatterns;
  if (!Array.isArray(patterns)) fail('/exemptions/patterns', 'a list of patterns is needed');
  if (patterns.length > namingLimits.exemptionsMax) fail('/exemptions/patterns', `there are ${patterns.length} entries; at most ${namingLimits.exemptionsMax} are allowed`);
  const compiled = patterns.map((source, index) => readPattern(source, `/exemptions/patterns/${index}`, true, room));
  return { exemptions: { names: read('names'), prefixes: read('prefixes'), patterns: patterns as string[] }, compiled };
}

function createExemption({ names, prefixes }: NamingExemptions, compiled: readonly Pattern[]): (topicName: string) => string | null {
  const literal = new Set(names);
  return (topicName) => {
    if (literal.has(topicName)) return `the name ${topicName}`;
    const prefix = prefixes.find((each) => topicName.startsWith(each));
    if (prefix !== undefined) return `the prefix ${prefix}`;
    const pattern = compiled.find((each) => each.matches(topicName));
    return pattern === undefined ? null : `the pattern ${pattern.source}`;
  };
}
