import { ClassicGroupState, isLegalTransition } from './classic-group.states.js';
import { newGroup, transitionTo } from './classic-group.js';

const LEGAL = [
  'Empty>PreparingRebalance', 'Stable>PreparingRebalance', 'CompletingRebalance>PreparingRebalance', 'PreparingRebalance>CompletingRebalance',
  'CompletingRebalance>Stable', 'PreparingRebalance>Empty', 'Empty>Dead', 'PreparingRebalance>Dead', 'CompletingRebalance>Dead', 'Stable>Dead', 'Dead>Dead',
];
const states = Object.values(ClassicGroupState);
const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

describe('states of a classic group', () => {
  it.each(pairs)('%s to %s', (from, to) => {
    const legal = LEGAL.includes(`${from}>${to}`);
    expect(isLegalTransition(from, to)).toBe(legal);
    const group = { ...newGroup('g', 0), state: from };
    if (!legal) expect(() => transitionTo(group, to, 5)).toThrow('classic group');
    else {
      transitionTo(group, to, 5);
      expect(group).toMatchObject({ state: to, previousState: from, stateTimestampMs: 5 });
    }
  });
});
