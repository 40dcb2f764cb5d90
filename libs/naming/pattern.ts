/**
 * A pattern as an automaton of positions (Glushkov's construction: one state for each character the pattern stands on, and no empty moves). All states
 * are run at once, as bits of words, so a name costs its length times a constant, whatever the pattern: there is no backtracking.
 */
import { namingLimits } from './naming.limits.js';
import { LEGAL, parsePattern, PatternSyntaxError, type PatternNode } from './pattern-syntax.js';

export interface Pattern {
  readonly source: string;
  /** Characters that it stands on, repetitions written out: what it costs. */
  readonly positions: number;
  /** The whole text, which isn't empty. */
  matches(text: string): boolean;
  /** The matching text that takes fewest characters added or dropped; the shortest one for ''. Null when there is none, or none within the steps. Spends steps of the budget. */
  nearest(text: string, budget: { steps: number }): { text: string; distance: number } | null;
}

interface Automaton { sets: string[]; first: number[]; follow: number[][]; accepting: boolean[] }
interface Fragment { nullable: boolean; first: number[]; last: number[] }

const EMPTY: Fragment = { nullable: true, first: [], last: [] };
/** Building takes as many steps as the pattern has nodes when written out: an empty group repeated would have no positions, and yet take time. */
const BUILD_STEPS_MAX = namingLimits.patternPositionsMax * 16;

function build(root: PatternNode, dots: boolean): Automaton {
  const sets: string[] = [];
  const follow: Set<number>[] = [];
  let steps = 0;
  const tooLarge = (): PatternSyntaxError => new PatternSyntaxError(`the pattern is too large: written out it has more than ${namingLimits.patternPositionsMax} characters`);
  const join = (a: Fragment, b: Fragment): Fragment => {
    for (const from of a.last) for (const to of b.first) follow[from]!.add(to);
    return {
      nullable: a.nullable && b.nullable, first: a.nullable ? [...new Set([...a.first, ...b.first])] : a.first,
      last: b.nullable ? [...new Set([...a.last, ...b.last])] : b.last,
    };
  };
  const make = (node: PatternNode): Fragment => {
    steps += 1;
    if (steps > BUILD_STEPS_MAX) throw tooLarge();
    switch (node.kind) {
      case 'set': {
        if (sets.length === namingLimits.patternPositionsMax) throw tooLarge();
        sets.push(dots ? node.characters : node.characters.replace('.', ''));
        follow.push(new Set());
        return { nullable: false, first: [sets.length - 1], last: [sets.length - 1] };
      }
      case 'sequence': return node.nodes.map(make).reduce(join, EMPTY);
      case 'choice': {
        const each = node.nodes.map(make);
        return { nullable: each.some((one) => one.nullable), first: each.flatMap((one) => one.first), last: each.flatMap((one) => one.last) };
      }
      case 'repeat': return repeat(node.node, node.min, node.max);
    }
  };
  const repeat = (node: PatternNode, min: number, max: number | null): Fragment => {
    let made = EMPTY;
    for (let count = 0; count < (max ?? Math.max(1, min)); count += 1) {
      const one = make(node);
      if (max === null && count === Math.max(1, min) - 1) join(one, one);
      made = join(made, count < min ? one : { ...one, nullable: true });
    }
    return made;
  };
  const whole = make(root);
  const accepting = sets.map(() => false);
  for (const position of whole.last) accepting[position] = true;
  return { sets, first: whole.first, follow: follow.map((each) => [...each].sort((a, b) => a - b)), accepting };
}

/** `dots`: whether the text may hold dots. A syntax error says what is wrong. */
export function compilePattern(source: string, options: { dots: boolean }): Pattern {
  const automaton = build(parsePattern(source), options.dots);
  const matches = createMatcher(automaton);
  return { source, positions: automaton.sets.length, matches, nearest: (text, budget) => nearest(automaton, text, budget) };
}

function createMatcher({ sets, first, follow, accepting }: Automaton): (text: string) => boolean {
  const words = Math.max(1, Math.ceil(sets.length / 32));
  const mask = (positions: Iterable<number>): Uint32Array => {
    const bits = new Uint32Array(words);
    for (const position of positions) bits[position >> 5]! |= 1 << (position & 31);
    return bits;
  };
  const onCharacter = new Map([...LEGAL].map((character) => [character, mask(sets.flatMap((set, position) => (set.includes(character) ? [position] : [])))]));
  const followMasks = follow.map(mask);
  const firstMask = mask(first);
  const acceptMask = mask(accepting.flatMap((yes, position) => (yes ? [position] : [])));
  return (text) => {
    if (text === '') return false;
    let active: Uint32Array | null = null;
    for (const character of text) {
      const allowed = onCharacter.get(character);
      if (allowed === undefined) return false;
      const next: Uint32Array = active === null ? firstMask.slice() : new Uint32Array(words);
      if (active !== null) forEachBit(active, (position) => { for (let word = 0; word < words; word += 1) next[word]! |= followMasks[position]![word]!; });
      let any = 0;
      for (let word = 0; word < words; word += 1) any |= next[word]! &= allowed[word]!;
      if (any === 0) return false;
      active = next;
    }
    return active !== null && active.some((word, index) => (word & acceptMask[index]!) !== 0);
  };
}

function forEachBit(bits: Uint32Array, visit: (position: number) => void): void {
  for (let word = 0; word < bits.length; word += 1) {
    for (let rest = bits[word]!; rest !== 0; rest &= rest - 1) visit(word * 32 + 31 - Math.clz32(rest & -rest));
  }
}

/** Texts grow along this list; a node is (how much of the given text is used up, the position reached; −1 before the first). */
interface Step { used: number; position: number; output: string }

/**
 * Cheapest first: each character added or dropped costs one. (Changing one would cost less than both and eat into words: "jira" would become "ji-1".) The
 * shortest text needs no limit of steps: it visits each position once.
 */
function nearest({ sets, first, follow, accepting }: Automaton, given: string, budget: { steps: number }): { text: string; distance: number } | null {
  const text = given.slice(0, namingLimits.nearestTextLengthMax);
  const done = new Set<number>();
  const keyOf = (step: Step): number => step.used * (sets.length + 1) + step.position + 1;
  let steps = text === '' ? Infinity : Math.min(namingLimits.nearestStepsMax, budget.steps);
  let now: Step[] = [{ used: 0, position: -1, output: '' }];
  for (let distance = 0; now.length > 0; distance += 1) {
    const later: Step[] = [];
    // Grows while it is walked: what costs nothing is of the same distance.
    for (const step of now) {
      const key = keyOf(step);
      if (done.has(key)) continue;
      done.add(key);
      if (step.used === text.length && step.position >= 0 && accepting[step.position]) return { text: step.output, distance };
      const character = text[step.used];
      const targets = step.position < 0 ? first : follow[step.position]!;
      for (const position of targets) {
        steps -= 1;
        budget.steps -= text === '' ? 0 : 1;
        if (steps <= 0) return null;
        const set = sets[position]!;
        if (set === '') continue;
        if (character !== undefined && set.includes(character)) now.push({ used: step.used + 1, position, output: step.output + character });
        later.push({ used: step.used, position, output: step.output + set[0] });
      }
      if (character !== undefined) later.push({ used: step.used + 1, position: step.position, output: step.output });
    }
    now = later;
  }
  return null;
}
