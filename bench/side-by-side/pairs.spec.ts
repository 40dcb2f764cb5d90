import { join } from 'node:path';

interface Pair { ours: number; kafka: number }
interface Line { case: string; metric: string; ours: number; kafka: number; ratio: number }
interface Pairs {
  median(values: number[]): number;
  summary(name: string, metric: string, pairs: Pair[]): Line;
  orderOf(pair: number): string[];
  goal(line: { case: string; metric: string }): { atLeast?: number; atMost?: number } | null;
  reached(goal: { atLeast?: number; atMost?: number }, ratio: number): boolean;
}
interface Case { name: string; kind: string; flush: string; listener: string }

const module = <T>(name: string): Promise<T> => import(join(process.cwd(), 'bench', 'side-by-side', name)) as Promise<T>;
const { median, summary, orderOf, goal, reached } = await module<Pairs>('pairs.mjs');
const { picture } = await module<{ picture(title: string, unit: string, pairs: Pair[], width?: number): string[] }>('picture.mjs');
const { CASES, choose } = await module<{ CASES: Case[]; choose(options: { full?: boolean; pattern?: RegExp | null }): Case[] }>('cases.mjs');

describe('pairs', () => {
  it.each([[[3], 3], [[4, 1, 3], 3], [[4, 1, 3, 2], 2.5]])('the median of %j is %d', (values, wanted) => expect(median(values)).toBe(wanted));
  it('have no median without a run', () => expect(() => median([])).toThrow('nothing'));
  it('give the median of their ratios, not the ratio of the medians', () => {
    // A machine that was slow during the first pair: each pair says twice as fast, the medians of the sides say otherwise.
    const pairs = [{ ours: 20, kafka: 10 }, { ours: 200, kafka: 100 }, { ours: 100, kafka: 500 }];
    expect(summary('e2e-x', 'throughput', pairs)).toEqual({ case: 'e2e-x', metric: 'throughput', ours: 100, kafka: 100, ratio: 2 });
  });
  it('begin in turns', () => expect([0, 1, 2].map((pair) => orderOf(pair)[0])).toEqual(['ours', 'kafka', 'ours']));
  it.each([
    ['produce-1k-128k-6p-plaintext', 'throughput', 0.99, false], ['consume-start-1k-6p-plaintext', 'throughput', 0.8, true], ['consume-tail-1k-6p-plaintext', 'throughput', 0.9, false],
    ['e2e-1000rps-100b-6p-plaintext', 'e2e_p99_ms', 1.01, false], ['produce-100b-default-1p-plaintext', 'cpu_s_per_mb', 1.2, false], ['produce-1k-128k-1p-plaintext', 'cpu_s_per_mb', 1.2, true],
  ])('%s %s at %d: reached %s', (name, metric, ratio, wanted) => expect(reached(goal({ case: name, metric })!, ratio)).toBe(wanted));
});

describe('a picture', () => {
  const draw = (ours: number[], kafka: number[]): string[] => picture('t', 'MB/s', ours.map((value, index) => ({ ours: value, kafka: kafka[index]! })), 11);
  it('has both sides on one scale from zero', () => expect(draw([10, 10, 10], [5, 5, 5])).toEqual(['t, MB/s: 0 … 10', '  ours  ▏          ┃', '  kafka ▏     ┃']));
  it('shows every run, the middle half and the median', () => expect(draw([0, 4, 6, 8, 10], [1, 1, 1, 1, 1])[1]).toBe('  ours  ▏•   • ┃ • •'.replace('• ┃ •', '•─┃─•')));
  it('stands runs that were all zero', () => expect(draw([0], [0])[1]).toBe('  ours  ▏┃'));
});

describe('cases', () => {
  it('have names of their own that say what they are', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
    for (const { name, kind, flush, listener } of CASES.filter((each) => /produce|consume|e2e/.test(each.kind))) {
      expect([name.startsWith(kind), name.includes(`-${listener}`), name.endsWith('-fsync')]).toEqual([true, true, flush === 'fsync']);
    }
  });
  it('are eight in short, all in full, and those of a pattern', () => {
    expect(choose({})).toHaveLength(8);
    expect(choose({ full: true })).toBe(CASES);
    expect(choose({ pattern: /^produce-.*-fsync$/ })).toHaveLength(16);
  });
});
