import { isLegalPhase, ShardPhase } from './shard.states.js';

const LEGAL = ['loading>active', 'loading>failed', 'loading>closed', 'active>failed', 'active>closed', 'failed>closed'];
const phases = Object.values(ShardPhase);

describe('phases of a shard', () => {
  it.each(phases.flatMap((from) => phases.map((to) => [from, to] as const)))('%s to %s', (from, to) => {
    expect(isLegalPhase(from, to)).toBe(LEGAL.includes(`${from}>${to}`));
  });
});
