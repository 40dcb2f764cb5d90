/** Policies and names from a seed: good ones, bad ones, and names that nearly fit. */
import { decideOnName, proposeName, type CompiledNamingPolicy, type NamingPolicyInput } from '#libs/naming';
import { createSeededRandom } from '#libs/kernel/testing';

export interface NamingCases {
  policy(): NamingPolicyInput;
  /** `compiled` null: the policy is refused, and any names will do. */
  names(compiled: CompiledNamingPolicy | null): string[];
}

const PART_NAMES = ['env', 'team', 'jira', 'app', 'type', 'project', 'data-set', 'x_1'];
const WORDS = ['dev', 'prd', 'prod', 'sms-platform', 'json', 'Marketing', 'jira-12', 'a', 'orders', 'v1', 'x.y', 'old_topic', 'PAYMENTS', '-', 'email--vo', '0'];
const ATOMS = ['a', 'b', 'x', '7', '.', '\\d', '\\w', '\\.', '\\-', '_', '-', '[a-z]', '[a-c0-3]', '[^a-z]', '[A-Z_.-]', '[\\d-]', '[a-z0-9-]', '[^.]', '[-a]', '[a\\-c]'];
const QUANTIFIERS = ['', '', '', '*', '+', '?', '{2}', '{0,3}', '{1,}', '{2,5}', '{0}'];
const ODD = ['', '.', '..', '...', 'a..b', '.a', 'a.', 'ä', 'a b', 'a\tb', 'x"y', 'x\\y', 'İstanbul', '😀', 'a/b:c', 'q'.repeat(248), 'q'.repeat(249), 'a.'.repeat(130), '__consumer_offsets', 'app-changelog', 'connect-offsets'];
const WRONG_PATTERNS = ['(', 'a)', 'a**', '[', '[b-a]', '\\q', 'a{3,2}', 'a{999}', '^a', 'a$', '^', 'a^b', '(?=a)', '(?:ab)?', 'é', '[ ]', '(a{200}){200}', '', '()*', '((((((((((((((((((a))))))))))))))))))', '[^\\w.-]', '\\', 'a|', '|'];

export function createNamingCases(seed: number): NamingCases {
  const random = createSeededRandom(seed);
  const oneOf = <T>(list: readonly T[]): T => list[random.int(list.length)]!;
  const chance = (oneIn: number): boolean => random.int(oneIn) === 0;
  const some = <T>(max: number, make: () => T): T[] => Array.from({ length: random.int(max + 1) }, make);

  const pattern = (depth = 0): string => {
    if (depth === 0 && chance(12)) return oneOf(WRONG_PATTERNS);
    const atom = (): string => (depth < 3 && chance(4) ? `(${chance(2) ? '?:' : ''}${pattern(depth + 1)})` : oneOf(ATOMS)) + oneOf(QUANTIFIERS);
    const sequence = (): string => Array.from({ length: 1 + random.int(4) }, atom).join('');
    return Array.from({ length: 1 + (chance(3) ? random.int(3) : 0) }, sequence).join('|');
  };
  const mutated = (name: string): string => {
    const at = random.int(name.length + 1);
    const edits: (() => string)[] = [
      () => name.toUpperCase(), () => name.slice(0, at) + name.slice(at + 1), () => name.slice(0, at) + oneOf(['x', '.', '-', 'Q', '1', '_']) + name.slice(at),
      () => name.split('.').reverse().join('.'), () => name.replace('.', '-'), () => `${name}.${oneOf(WORDS)}`, () => name.split('.').slice(1).join('.'), () => name.replaceAll('.', '/'),
    ];
    return oneOf(edits)();
  };
  const anyName = (): string => (chance(4) ? oneOf(ODD) : Array.from({ length: 1 + random.int(5) }, () => oneOf(WORDS)).join(oneOf(['.', '.', '.', '-', '_'])));

  return {
    policy() {
      const parts = [...PART_NAMES].sort(() => random.int(3) - 1).slice(0, 1 + random.int(4));
      const rule = (name: string): { name: string; values?: string[]; pattern?: string } => {
        if (chance(2)) return { name, pattern: pattern() };
        return { name, values: Array.from({ length: 1 + random.int(chance(4) ? 15 : 3) }, () => (chance(10) ? oneOf(ODD) : oneOf(WORDS).replaceAll('.', chance(5) ? '.' : ''))) };
      };
      return {
        mode: chance(20) ? 'off' : oneOf(['warn', 'enforce']), template: chance(40) ? oneOf(['', 'a.b', '<a>.<a>', '<A>', '<a>..<b>']) : parts.map((part) => `<${part}>`).join('.'),
        ...(chance(6) ? {} : { parts: parts.filter(() => !chance(3)).map(rule) }),
        ...(chance(3) ? { exemptions: { names: some(2, () => oneOf(WORDS)), prefixes: some(2, () => oneOf(['__', 'sys', 'a', 'x.'])), ...(chance(2) ? { patterns: some(2, () => pattern()) } : {}) } } : {}),
      };
    },
    names(compiled) {
      const names = Array.from({ length: 12 }, anyName);
      if (compiled === null) return names;
      const fitting = names.map((name) => proposeName(compiled, name).topicName);
      return [...names, ...fitting, ...fitting.map(mutated)];
    },
  };
}

/** As the plugin answers: with a proposal and without. */
export function objectionsOf(compiled: CompiledNamingPolicy, name: string): (string | null)[] {
  return [true, false].map((proposal) => {
    const decision = decideOnName(compiled, name, { proposal });
    return decision.outcome === 'allowed' ? null : decision.message;
  });
}
