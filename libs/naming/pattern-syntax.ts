/**
 * The patterns of naming policies: the part of regular expressions that a finite automaton can run. Literals, `.`, classes, `\d` and `\w`, groups,
 * alternatives, and quantifiers. No back-references, look-around or lazy quantifiers: with those, the time for one name could not be bounded.
 * A pattern always stands for the whole text; `^` and `$` at its ends are allowed and say nothing.
 */
import { namingLimits } from './naming.limits.js';

/** What topic names are made of; nothing else ever matches. In the order in which an example is chosen from a class. */
export const LEGAL = 'xabcdefghijklmnopqrstuvwyz1023456789-_.XABCDEFGHIJKLMNOPQRSTUVWYZ';

export type PatternNode =
  | { kind: 'set'; characters: string }
  | { kind: 'sequence'; nodes: readonly PatternNode[] }
  | { kind: 'choice'; nodes: readonly PatternNode[] }
  | { kind: 'repeat'; node: PatternNode; min: number; max: number | null };

export class PatternSyntaxError extends Error {}

const DIGITS = '1234567890';
const NOT_WORD = '-.';
const isLegal = (character: string): boolean => character !== '' && LEGAL.includes(character);
const only = (test: (character: string) => boolean): string => [...LEGAL].filter(test).join('');

interface Cursor { readonly text: string; at: number; depth: number }

const peek = (cursor: Cursor): string => cursor.text[cursor.at] ?? '';
function take(cursor: Cursor): string {
  const character = peek(cursor);
  cursor.at += 1;
  return character;
}
const wrong = (cursor: Cursor, what: string): PatternSyntaxError => new PatternSyntaxError(`${what} (at character ${cursor.at + 1})`);

function never(cursor: Cursor, character: string): PatternSyntaxError {
  return wrong(cursor, `${JSON.stringify(character)} can't be in a topic name, which holds a-z, A-Z, 0-9, ".", "_" and "-" only`);
}

export function parsePattern(text: string): PatternNode {
  if (text === '') throw new PatternSyntaxError('the pattern is empty');
  if (text.length > namingLimits.patternLengthMax) throw new PatternSyntaxError(`the pattern has ${text.length} characters; at most ${namingLimits.patternLengthMax} are allowed`);
  const begin = text.startsWith('^') ? 1 : 0;
  const end = text.endsWith('$') && !text.endsWith('\\$') ? text.length - 1 : text.length;
  const cursor: Cursor = { text: text.slice(0, Math.max(begin, end)), at: begin, depth: 0 };
  const node = parseChoice(cursor);
  if (cursor.at < cursor.text.length) throw wrong(cursor, '")" closes no group');
  return node;
}

function parseChoice(cursor: Cursor): PatternNode {
  cursor.depth += 1;
  if (cursor.depth > namingLimits.patternDepthMax) throw wrong(cursor, `groups are nested more than ${namingLimits.patternDepthMax} deep`);
  const nodes = [parseSequence(cursor)];
  while (peek(cursor) === '|') {
    take(cursor);
    nodes.push(parseSequence(cursor));
  }
  cursor.depth -= 1;
  return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
}

function parseSequence(cursor: Cursor): PatternNode {
  const nodes: PatternNode[] = [];
  while (peek(cursor) !== '' && peek(cursor) !== '|' && peek(cursor) !== ')') nodes.push(parseQuantified(cursor));
  return { kind: 'sequence', nodes };
}

function parseQuantified(cursor: Cursor): PatternNode {
  const node = parseAtom(cursor);
  const bounds = parseQuantifier(cursor);
  if (bounds === null) return node;
  if (/^[*+?{]$/.test(peek(cursor))) throw wrong(cursor, 'a quantifier can\'t follow a quantifier; lazy and possessive ones aren\'t known');
  return { kind: 'repeat', node, ...bounds };
}

function parseQuantifier(cursor: Cursor): { min: number; max: number | null } | null {
  const sign = peek(cursor);
  if (sign === '*' || sign === '+' || sign === '?') {
    take(cursor);
    return sign === '*' ? { min: 0, max: null } : sign === '+' ? { min: 1, max: null } : { min: 0, max: 1 };
  }
  if (sign !== '{') return null;
  const match = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(cursor.text.slice(cursor.at));
  if (!match) throw wrong(cursor, '"{" begins a count such as {2}, {2,} or {2,5}');
  const min = Number(match[1]);
  const max = match[2] === undefined ? min : match[3] === undefined ? null : Number(match[3]);
  if (max !== null && max < min) throw wrong(cursor, `{${min},${max}} counts downwards`);
  if (Math.max(min, max ?? 0) > namingLimits.topicNameLengthMax) throw wrong(cursor, `a count above ${namingLimits.topicNameLengthMax}, the length of the longest name`);
  cursor.at += match[0].length;
  return { min, max };
}

function parseAtom(cursor: Cursor): PatternNode {
  const character = take(cursor);
  switch (character) {
    case '(': return parseGroup(cursor);
    case '[': return { kind: 'set', characters: parseClass(cursor) };
    case '.': return { kind: 'set', characters: LEGAL };
    case '\\': return { kind: 'set', characters: parseEscape(cursor) };
    case '*': case '+': case '?': case '{': throw wrong(cursor, `"${character}" repeats nothing`);
    case '^': case '$': throw wrong(cursor, `"${character}" may only stand at the ${character === '^' ? 'beginning' : 'end'}`);
    default:
      if (!isLegal(character)) throw never(cursor, character);
      return { kind: 'set', characters: character };
  }
}

function parseGroup(cursor: Cursor): PatternNode {
  if (peek(cursor) === '?') {
    if (!cursor.text.startsWith('?:', cursor.at)) throw wrong(cursor, 'of the groups that begin with "(?", only "(?:" is known');
    cursor.at += 2;
  }
  const node = parseChoice(cursor);
  if (take(cursor) !== ')') throw wrong(cursor, 'a group isn\'t closed');
  return node;
}

/** The characters of an escape; one alone stands for itself. */
function parseEscape(cursor: Cursor): string {
  const character = take(cursor);
  if (character === 'd') return DIGITS;
  if (character === 'w') return only((each) => !NOT_WORD.includes(each));
  if (character === '' || /[a-zA-Z0-9]/.test(character)) throw wrong(cursor, `the escape "\\${character}" isn't known; there are \\d, \\w and those of punctuation`);
  if (!isLegal(character)) throw never(cursor, character);
  return character;
}

function parseClass(cursor: Cursor): string {
  const negated = peek(cursor) === '^';
  if (negated) take(cursor);
  const members = new Set<string>();
  while (peek(cursor) !== ']') {
    const low = classMember(cursor);
    const isRange = low.length === 1 && peek(cursor) === '-' && cursor.text[cursor.at + 1] !== ']' && cursor.at + 1 < cursor.text.length;
    if (!isRange) {
      for (const each of low) members.add(each);
      continue;
    }
    take(cursor);
    const high = classMember(cursor);
    if (high.length !== 1 || high < low) throw wrong(cursor, `the range ${low}-${high} isn't one`);
    for (const each of LEGAL) if (each >= low && each <= high) members.add(each);
  }
  take(cursor);
  const characters = only((each) => members.has(each) !== negated);
  if (characters === '') throw wrong(cursor, 'the class holds no character that a topic name can have');
  return characters;
}

function classMember(cursor: Cursor): string {
  const character = take(cursor);
  if (character === '') throw wrong(cursor, 'a class isn\'t closed');
  if (character === '\\') return parseEscape(cursor);
  if (!isLegal(character)) throw never(cursor, character);
  return character;
}
