/**
 * A name that fits, as near as can be to one that doesn't. Deterministic: the same name and policy make the same proposal, on the platform and on a broker.
 * The name's segments are laid along the template's parts, in order and none left out, where that costs least; each is then mended: as it is, in small letters
 * and with hyphens, the nearest listed value or matching text; a part that nothing stands for gets a placeholder made from the part's own name.
 */
import { evaluateName } from './evaluate.js';
import { namingLimits } from './naming.limits.js';
import type { CompiledNamingPolicy, CompiledPart } from './policy.js';

export interface NameProposal {
  topicName: string;
  /** Parts that the given name says nothing about: they stand for what their owner has to fill in. */
  placeholders: string[];
}

interface Mended { text: string; cost: number; placeholder: boolean }
interface Budget { steps: number }

/** A missing part is dearer than a slip of a letter or two and cheaper than making a word of another. */
const MISSING_COST = 4;
const CLEANED_COST = 1;
const NEAREST_COST = 2;

export function proposeName(compiled: CompiledNamingPolicy, topicName: string): NameProposal {
  const name = topicName.slice(0, namingLimits.topicNameLengthMax + 1);
  if (evaluateName(compiled, topicName).fits) return { topicName, placeholders: [] };
  const budget = { steps: namingLimits.proposalStepsMax };
  let best: Mended[] | null = null;
  for (const segments of splits(name, compiled.parts.length)) {
    const laid = layAlong(compiled.parts, segments, budget);
    if (best === null || costOf(laid) < costOf(best)) best = laid;
  }
  return shortened(compiled, best!);
}

const costOf = (mended: readonly Mended[]): number => mended.reduce((sum, each) => sum + each.cost, 0);

/** By dots; and where these are too few, by whatever else people put between words, if that is enough: "old_topic" is one word of a name. */
function splits(name: string, parts: number): string[][] {
  const clean = (segments: string[]): string[] => segments.filter((segment) => /[a-zA-Z0-9]/.test(segment));
  const byDots = clean(name.split('.'));
  const byAll = clean(name.split(/[._/:\\\s,;|]+/));
  return byDots.length < parts && byAll.length >= parts ? [byDots, byAll] : [byDots];
}

function layAlong(parts: readonly CompiledPart[], segments: readonly string[], budget: Budget): Mended[] {
  const last = parts.length - 1;
  const placeholders = parts.map((part) => placeholder(part, budget));
  // best[used]: the cheapest way to lay the first `used` segments along the parts so far. A part takes one segment or none.
  let best = new Map<number, Mended[]>([[0, []]]);
  for (const [index, part] of parts.slice(0, last).entries()) {
    const next = new Map<number, Mended[]>();
    const offer = (used: number, way: Mended[]): void => {
      const present = next.get(used);
      if (present === undefined || costOf(way) < costOf(present)) next.set(used, way);
    };
    for (const [used, way] of best) {
      if (used < segments.length) offer(used + 1, [...way, mend(part, segments[used]!, budget)]);
      offer(used, [...way, placeholders[index]!]);
    }
    best = next;
  }
  const ways = [...best].map(([used, way]) => [...way, used < segments.length ? mend(parts[last]!, segments.slice(used).join('.'), budget) : placeholders[last]!]);
  return ways.reduce((a, b) => (costOf(b) < costOf(a) ? b : a));
}

/** Small letters; what is no letter, digit or (in the last part) dot becomes a hyphen, none doubled and none at the ends. */
function cleaned(text: string, dots: boolean): string {
  const parts = text.toLowerCase().split(dots ? '.' : /$^/).map((piece) => piece.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, ''));
  return parts.filter((piece) => piece !== '').join('.');
}

function mend(part: CompiledPart, text: string, budget: Budget): Mended {
  if (part.fits(text)) return { text, cost: 0, placeholder: false };
  const clean = cleaned(text, part.isLast);
  for (const each of [text.toLowerCase(), clean, clean.replaceAll('-', '_')]) if (part.fits(each)) return { text: each, cost: CLEANED_COST, placeholder: false };
  const found = part.values === null ? part.pattern!.nearest(clean, budget) : nearestValue(part.values, clean);
  return found === null ? { text: part.shortest, cost: NEAREST_COST + text.length, placeholder: true } : { text: found.text, cost: NEAREST_COST + found.distance, placeholder: false };
}

function placeholder(part: CompiledPart, budget: Budget): Mended {
  const text = part.values !== null ? part.values[0]! : part.fits(part.name) ? part.name : part.pattern!.nearest(part.name, budget)?.text ?? part.shortest;
  return { text, cost: MISSING_COST, placeholder: true };
}

function nearestValue(values: readonly string[], text: string): { text: string; distance: number } {
  const cut = text.slice(0, namingLimits.nearestTextLengthMax);
  let best = { text: values[0]!, distance: Infinity };
  for (const value of values) {
    const distance = editDistance(cut, value.toLowerCase());
    if (distance < best.distance) best = { text: value, distance };
  }
  return best;
}

export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** While the name is too long, the longest part gives way to its shortest form: the policy was checked to leave room for all of these. */
function shortened(compiled: CompiledNamingPolicy, mended: readonly Mended[]): NameProposal {
  const parts = mended.map((each, index) => ({ ...each, name: compiled.parts[index]!.name, shortest: compiled.parts[index]!.shortest }));
  const joined = (): string => parts.map((part) => part.text).join('.');
  while (!evaluateName(compiled, joined()).fits) {
    const longest = parts.reduce((a, b) => (b.text.length - b.shortest.length > a.text.length - a.shortest.length ? b : a));
    if (longest.text === longest.shortest) break;
    longest.text = longest.shortest;
    longest.placeholder = true;
  }
  return { topicName: joined(), placeholders: parts.filter((part) => part.placeholder).map((part) => part.name) };
}
