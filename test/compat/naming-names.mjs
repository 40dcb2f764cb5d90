// Topic names that fit a template and names that don't, from a seed; and what is right, told by JavaScript's own regular expressions and nothing of ours.

/** mulberry32: numbers below `n`, the same for the same seed. */
export function randomFrom(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

const WORDS = ['email', 'payment', 'sms', 'order', 'stock', 'v2', 'json', 'vo', 'aws', 'marketing', 'a', 'x9'];
const pick = (random, list) => list[random(list.length)];
const word = (random) => pick(random, WORDS.filter((each) => /^[a-z]/.test(each)));
const kebab = (random) => [word(random), ...Array.from({ length: random(3) }, () => pick(random, WORDS))].join('-');

/** A value for a part, by its name; parts of the script's own templates included. */
function valueOf(part, isLast, random) {
  if (part.values) return pick(random, part.values);
  if (part.name === 'jira') return `${word(random).replace(/\d/g, '')}-${random(10_000)}`;
  if (part.name === 'version') return `v${random(20)}`;
  return isLast && random(2) === 0 ? `${kebab(random)}.${kebab(random)}` : kebab(random);
}

const swap = (list, at, value) => list.map((each, index) => (index === at ? value : each));

/** What people get wrong, and what hostile ones try. Each takes the parts' texts and answers a name. */
const slips = [
  (texts) => texts.slice(1).join('.'),
  (texts) => texts.slice(0, -1).join('.'),
  (texts) => texts[0],
  (texts, random) => { const at = random(texts.length); return swap(texts, at, texts[at].toUpperCase()).join('.'); },
  (texts) => texts.join('_'),
  (texts, random) => { const at = random(texts.length); return swap(texts, at, '').join('.'); },
  (texts, random) => { const at = random(texts.length - 1); return swap(texts, at, `${texts[at]}_x`).join('.'); },
  (texts, random) => { const at = random(texts.length - 1); return swap(texts, at, `${texts[at]}-`).join('.'); },
  (texts, random) => { const at = random(texts.length - 1); return [...texts.slice(0, at), 'extra', ...texts.slice(at)].join('.'); },
  (texts) => `${texts.join('.')}.`,
  (texts) => `.${texts.join('.')}`,
  (texts) => [...texts].reverse().join('.'),
  (texts) => texts.join('.').replace(/[a-z]/, ' '),
  (texts) => texts.join('.').replace(/[a-z]/, 'é'),
  (texts) => `${texts.join('.')}-${'y'.repeat(249)}`,
  (texts) => `${texts.join('.')}-${'y'.repeat(248)}`.slice(0, 248),
  (texts) => `${texts.join('.')}-changelog`,
  (texts) => `${texts.join('-')}-repartition`,
  (texts) => `__${texts[1]}`,
  () => 'connect-offsets',
  () => 'connect-else',
  () => '..',
  (texts) => texts.join('..'),
  (texts) => `${texts.join('.')}/../x`,
];

/** `count` different names for the policy's parts, about half of them right. */
export function namesFor(parts, count, random) {
  const names = new Set();
  while (names.size < count) {
    const texts = parts.map((part, index) => valueOf(part, index === parts.length - 1, random));
    names.add(random(2) === 0 ? texts.join('.') : pick(random, slips)(texts, random));
  }
  return [...names];
}

/** `fits`, `misfits`, or `illegal`: no topic of any cluster can have the name. */
export function verdictOf({ parts, exemptions }, name) {
  if (!/^[a-zA-Z0-9._-]{1,248}$/.test(name) || name === '.' || name === '..') return 'illegal';
  if (exemptions.names.includes(name) || exemptions.prefixes.some((prefix) => name.startsWith(prefix)) || exemptions.patterns.some((pattern) => new RegExp(`^(?:${pattern})$`).test(name))) return 'fits';
  const rest = name.split('.');
  const fits = parts.every((part, index) => {
    const text = index === parts.length - 1 ? rest.join('.') : rest.shift() ?? '';
    return part.values ? part.values.includes(text) : new RegExp(`^(?:${part.pattern})$`).test(text);
  });
  return fits ? 'fits' : 'misfits';
}
