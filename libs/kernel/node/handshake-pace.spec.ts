import { createHandshakePace } from './handshake-pace.js';
import { NODE_LIMITS } from './node.limits.js';

interface Fake { name: string; remoteAddress: string; destroyed: boolean }
let nowMs: number;
let busy: number;
let due: (() => void)[];
let begun: string[];
const pace = () => createHandshakePace<Fake>(({ name }) => begun.push(name), { now: () => nowMs, busy: () => busy, later: (_delayMs, action) => { due.push(action); } });
const from = (remoteAddress: string, name = remoteAddress): Fake => ({ name, remoteAddress, destroyed: false });
const ticks = (count: number): void => {
  for (; count > 0; count--) {
    nowMs += NODE_LIMITS.handshakeTickMs;
    for (const action of due.splice(0)) action();
  }
};
beforeEach(() => { nowMs = 0; busy = 0; due = []; begun = []; });
const few = NODE_LIMITS.handshakesAtOnce;

describe('handshakes', () => {
  it('begin at once while they are few', () => {
    const paced = pace();
    for (let index = 0; index < few + 1; index++) paced.push(from('a', String(index)));
    expect(begun).toHaveLength(few);
    ticks(1);
    expect(begun).toHaveLength(few + 1);
  });
  it('begin one a tick when they are many and the loop has time, else slowly', () => {
    const paced = pace();
    for (let index = 0; index < few + 1_000; index++) paced.push(from('a', String(index)));
    ticks(10);
    expect(begun).toHaveLength(few + 10);
    busy = 1;
    ticks(100);
    expect(begun).toHaveLength(few + 10 + Math.floor(100 / Math.ceil(NODE_LIMITS.handshakeSlowestMs / NODE_LIMITS.handshakeTickMs)));
  });
  it('of each address have their turn', () => {
    const paced = pace();
    for (let index = 0; index < few + 100; index++) paced.push(from('crowd'));
    paced.push(from('one'));
    ticks(2);
    expect(begun.slice(few)).toContain('one');
  });
  it('are not made with who has gone meanwhile', () => {
    const paced = pace();
    const gone = from('gone');
    for (let index = 0; index < few; index++) paced.push(from('a'));
    paced.push(gone);
    paced.push(from('b'));
    gone.destroyed = true;
    ticks(1);
    expect(begun.at(-1)).toBe('b');
  });
  it('leave the loop asleep when there are none', () => {
    pace().push(from('a'));
    ticks(few + 1);
    expect(due).toHaveLength(0);
  });
});
