import fc from 'fast-check';
import { createHistory, type History } from './history.js';

function written(...values: string[]): History {
  const history = createHistory();
  values.forEach((value, index) => { history.sent('p', 0, value, index); history.acknowledged(0, value, index); });
  return history;
}
const final = (...values: string[]) => new Map([[0, values.map((value, offset) => ({ offset, value }))]]);
const kinds = (history: History, reads: ReturnType<typeof final>): string[] => history.check(reads).map((finding) => finding.kind).sort();

describe('the checker finds', () => {
  it('a lost record at the end', () => { expect(kinds(written('a', 'b'), final('a'))).toEqual(['lost']); });
  it('a lost partition', () => { expect(kinds(written('a'), new Map())).toEqual(['lost']); });
  it('a duplicate', () => { expect(kinds(written('a', 'b'), final('a', 'b', 'a'))).toContain('duplicate'); });
  it('a reordering', () => { expect(kinds(written('a', 'b'), final('b', 'a'))).toContain('reordered'); });
  it('two values at one offset over time', () => {
    const history = written('a');
    history.sent('p', 0, 'x', 1);
    history.read(0, 1, 'x');
    history.sent('p', 0, 'y', 2);
    expect(kinds(history, final('a', 'y'))).toEqual(['inconsistent-offset']);
  });
  it('an acknowledgement with another offset than the record has', () => {
    const history = createHistory();
    history.sent('p', 0, 'a', 0);
    history.acknowledged(0, 'a', 5);
    history.sent('p', 0, 'b', 1);
    history.acknowledged(0, 'b', 0);
    expect(kinds(history, final('a', 'b'))).toContain('inconsistent-offset');
  });
  it('a lost record of which nobody was told where it is, and no fault in several of those that are there', () => {
    const told = (): History => {
      const history = createHistory();
      ['a', 'b', 'c'].forEach((value, index) => { history.sent('p', 0, value, index); history.acknowledged(0, value, null); });
      return history;
    };
    expect(kinds(told(), final('a', 'b', 'c'))).toEqual([]);
    expect(kinds(told(), final('a', 'b'))).toEqual(['lost']);
  });
  it('a record that nobody sent', () => { expect(kinds(written('a'), final('a', 'ghost'))).toEqual(['phantom']); });
  it('a record in another partition than it was sent to', () => {
    expect(kinds(written('a'), new Map([[0, [{ offset: 0, value: 'a' }]], [1, [{ offset: 0, value: 'a' }]]]))).toEqual(['phantom']);
  });
  it('a committed offset that went back', () => {
    const history = createHistory();
    history.committed('g', 0, 7);
    history.foundCommit('g', 0, 3);
    expect(kinds(history, final())).toEqual(['commit-went-back']);
  });
  it('an acknowledged deletion that was forgotten', () => {
    const history = written('a', 'b');
    history.deletionAsked(0, 1);
    history.deletionAnswered(0, 1);
    history.foundLogStart(0, 0);
    expect(kinds(history, final('a', 'b'))).toEqual(['log-start-went-back', 'undeleted']);
  });
  it('a deleted record that is served', () => {
    const history = written('a', 'b');
    history.deletionAsked(0, 1);
    history.deletionAnswered(0, 1);
    history.foundLogStart(0, 1);
    expect(kinds(history, final('a', 'b'))).toEqual(['undeleted']);
  });
  it('a deletion of more than was asked', () => {
    const history = written('a', 'b', 'c');
    history.deletionAsked(0, 1);
    history.foundLogStart(0, 2);
    expect(kinds(history, new Map([[0, [{ offset: 2, value: 'c' }]]]))).toEqual(['log-start-beyond']);
    const answered = written('a', 'b', 'c');
    answered.deletionAsked(0, 1);
    answered.deletionAnswered(0, 2);
    expect(kinds(answered, final('a', 'b', 'c'))).toContain('log-start-beyond');
  });
  it('a record lost above a deletion, and none below', () => {
    const history = written('a', 'b', 'c');
    history.deletionAsked(0, 2);
    history.deletionAnswered(0, 1);
    history.foundLogStart(0, 1);
    expect(history.check(new Map([[0, [{ offset: 2, value: 'c' }]]]))).toEqual([{ kind: 'lost', value: 'b', partition: 0, offset: 1 }]);
  });
  it('nothing in deletions that took place without their answer', () => {
    const history = written('a', 'b');
    history.deletionAsked(0, 1);
    history.foundLogStart(0, 1);
    expect(history.check(new Map([[0, [{ offset: 1, value: 'b' }]]]))).toEqual([]);
  });
  it('nothing in histories that are right', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('ok', 'unknown-kept', 'unknown-lost'), { maxLength: 50 }), (outcomes) => {
      const history = createHistory();
      const kept: string[] = [];
      outcomes.forEach((outcome, index) => {
        const value = `v${index}`;
        history.sent('p', 0, value, index);
        if (outcome !== 'unknown-lost') kept.push(value);
        if (outcome === 'ok') history.acknowledged(0, value, kept.length - 1);
      });
      expect(history.check(final(...kept))).toEqual([]);
    }));
  });
});
