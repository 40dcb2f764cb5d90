import { compilePattern } from './pattern.js';
import { PatternSyntaxError } from './pattern-syntax.js';

const matches = (source: string, text: string, dots = true): boolean => compilePattern(source, { dots }).matches(text);
const nearest = (source: string, text: string) => compilePattern(source, { dots: true }).nearest(text, { steps: 1_000_000 });

describe('a pattern', () => {
  const sources = [
    'a', 'abc', 'a*', 'a+b', '(a|b)*c', '(?:ab|c){2}', 'a{2,4}', 'a{3,}', '[a-c]+', '[^a-c]+', '[a-c-]+x', '\\d+', '\\w+', '\\.a', 'a\\-b', '.+', '(a|)b', '(a*)*', '(a|a)*b', '((a?b)+|c)*', '[0-9]{2}(-[a-z]{1,2})?', '^a.c$', 'a{0}b', '(a{0,2}b){2}',
  ];
  const alphabet = 'abcx01.-_';

  it('matches what JavaScript\'s own expressions match', () => {
    const texts = ['a'];
    for (let at = 0; at < texts.length && texts.length < 6_000; at += 1) for (const each of alphabet) texts.push(texts[at] + each);
    for (const first of alphabet.slice(1)) texts.push(first, `${first}a`, `${first}b`, `${first}c`, `${first}1-ab`, `${first}bcbab`);
    for (const source of sources) {
      const theirs = new RegExp(`^(?:${source.replace(/^\^|\$$/g, '')})$`);
      const ours = compilePattern(source, { dots: true });
      for (const text of texts) if (ours.matches(text) !== theirs.test(text)) throw new Error(`${source} and ${text}: ${ours.matches(text)}`);
    }
  });

  it('is refused with a reason or agrees with JavaScript, whatever it looks like', () => {
    let state = 7;
    const draw = (below: number): number => { state = (Math.imul(state, 48_271) % 0x7fffffff + 0x7fffffff) % 0x7fffffff; return state % below; };
    const pieces = ['a', 'b', '1', '-', '.', '(', ')', '|', '[ab]', '[^a]', '[a-c1]', '*', '+', '?', '{2}', '{1,3}', '\\d', '\\.', '(?:', '\\1', '[', ']', '{', '^', '$'];
    let compared = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const source = Array.from({ length: 1 + draw(8) }, () => pieces[draw(pieces.length)]).join('');
      let ours;
      try {
        ours = compilePattern(source, { dots: true });
      } catch (error) {
        expect(error).toBeInstanceOf(PatternSyntaxError);
        continue;
      }
      compared += 1;
      const theirs = new RegExp(`^(?:${source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '')})$`);
      for (let each = 0; each < 20; each += 1) {
        const text = Array.from({ length: 1 + draw(6) }, () => 'ab1-.'[draw(5)]).join('');
        if (ours.matches(text) !== theirs.test(text)) throw new Error(`${source} and ${text}: ${ours.matches(text)}`);
      }
      const found = ours.nearest('ab-1', { steps: 100_000 });
      if (found !== null && !(ours.matches(found.text) && theirs.test(found.text))) throw new Error(`${source} has no ${found.text}`);
    }
    expect(compared).toBeGreaterThan(500);
  });

  it('never matches nothing, nor what a topic name can\'t hold', () => {
    expect(matches('a*', '')).toBe(false);
    for (const text of ['é', ' ', 'a b', '\u0000', '𝒳']) expect(matches('.*', text)).toBe(false);
    expect(matches('[^b]', '/')).toBe(false);
  });

  it('holds no dots where they are the template\'s', () => {
    expect([matches('.+', 'a.b', true), matches('.+', 'a.b', false), matches('[^x]\\.?', 'a', false)]).toEqual([true, false, true]);
  });

  it.each(['', '(', ')', 'a)', '(a', '[a', '[]', '[b-a]', '*', '+a', 'a**', 'a*?', 'a++', 'a{1', 'a{2,1}', 'a{,2}', 'a{999}', '(?=a)', '(?<n>a)', '(a)\\1', '\\b', '\\s', '\\', 'a b', 'é', '[é]', 'a^b', 'a$b', '(?', '[a\\]', '\\D', `${'('.repeat(20)}a${')'.repeat(20)}`, 'a'.repeat(257), '(((a{99}){99}){99}){99}', '((){240}){240}', '(a{200}|b{200})'])(
    'is refused: %s', (source) => {
      expect(() => compilePattern(source, { dots: true })).toThrow(/./);
    });

  it('takes linear time where backtracking takes for ever', () => {
    const started = process.cpuUsage();
    for (const source of ['(a+)+b', '(a|a)*b', '(a*)*b', '(.*.*.*)*x', '([a-z]+)*-', '(a?){100}a{100}', '(a|aa)+b']) expect([source, matches(source, 'a'.repeat(248))]).toEqual([source, source === '(a?){100}a{100}' && false]);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1_000);
  });

  it('finds the nearest text', () => {
    expect(nearest('[a-z]+-[0-9]+', 'jira')).toEqual({ text: 'jira-1', distance: 2 });
    expect(nearest('[a-z]+-[0-9]+', '')).toEqual({ text: 'x-1', distance: 3 });
    expect(nearest('(red|green|blue)', 'gren')).toEqual({ text: 'green', distance: 1 });
    expect(nearest('\\d{4}', '20x6')).toEqual({ text: '2061', distance: 2 });
    expect(nearest('a+', 'aaa')).toEqual({ text: 'aaa', distance: 0 });
    expect(nearest('()', 'a')).toBeNull();
    expect(compilePattern('[a-z]{200}', { dots: true }).nearest('x', { steps: 10 })).toBeNull();
  });
});
