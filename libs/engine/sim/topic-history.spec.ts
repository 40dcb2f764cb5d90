import { createTopicHistory, type FoundTopic, type TopicHistory } from './topic-history.js';

function lived(...values: string[]): TopicHistory {
  const topics = createTopicHistory();
  const { history } = topics.created('id-1', 't');
  values.forEach((value, index) => { history.sent('p', 0, value, index); history.acknowledged(0, value, index); });
  return topics;
}
const found = (topicId: string, values: string[], { from = 0, commit = -1 } = {}): FoundTopic =>
  ({ name: 't', topicId, records: new Map([[0, values.map((value, index) => ({ offset: from + index, value }))]]), commits: new Map([[0, commit]]), logStarts: new Map([[0, from]]) });
const kinds = (topics: TopicHistory, present: FoundTopic[], servedIds: string[] = []): string[] => topics.check('g', present, servedIds).map(({ kind }) => kind).sort();

describe('the checker of topics\' lives finds', () => {
  it('a created topic that is not there', () => { expect(kinds(lived(), [])).toEqual(['topic-lost']); });
  it('a topic that was not there for its deletion', () => {
    const topics = lived();
    topics.missing('id-1');
    topics.deleted('id-1');
    expect(kinds(topics, [])).toEqual(['topic-lost']);
  });
  it('a topic that came back under another id', () => { expect(kinds(lived('a'), [found('id-2', [])])).toEqual(['topic-lost']); });
  it('a deleted topic that is there', () => {
    const topics = lived();
    topics.deleted('id-1');
    expect(kinds(topics, [found('id-1', [])])).toEqual(['topic-undead']);
  });
  it('a deleted topic that can be read by its id', () => {
    const topics = lived();
    topics.deleted('id-1');
    expect(kinds(topics, [], ['id-1'])).toEqual(['topic-undead']);
  });
  it('a lost record of a living topic', () => { expect(kinds(lived('a', 'b'), [found('id-1', ['a'])])).toEqual(['lost']); });
  it('records of a deleted life under the new one', () => {
    const topics = lived('a');
    topics.deleted('id-1');
    topics.created('id-2', 't');
    expect(kinds(topics, [found('id-2', ['a'])])).toEqual(['phantom']);
  });
  it('a fresh life that does not begin at offset 0', () => {
    const topics = createTopicHistory();
    topics.created('id-1', 't').history.sent('p', 0, 'a', 0);
    expect(kinds(topics, [found('id-1', ['a'], { from: 3 })])).toEqual(['log-start-beyond']);
  });
  it('a lost beginning', () => { expect(kinds(lived('a', 'b'), [found('id-1', ['b'], { from: 1 })])).toContain('log-start-beyond'); });
  it('an offset that a deleted life committed', () => {
    const topics = lived();
    topics.committing('id-1', 0, 7);
    topics.committed('id-1', 'g', 0, 7);
    topics.deleted('id-1');
    topics.created('id-2', 't');
    expect(kinds(topics, [found('id-2', [], { commit: 7 })])).toEqual(['stale-commit']);
  });
  it('a lost commit', () => {
    const topics = lived();
    topics.committing('id-1', 0, 7);
    topics.committed('id-1', 'g', 0, 7);
    expect(kinds(topics, [found('id-1', [])])).toEqual(['commit-went-back']);
  });
  it('nothing where answers were missed', () => {
    const topics = lived('a');
    topics.committing('id-1', 0, 7);
    topics.deleting('id-1');
    expect(kinds(topics, [])).toEqual([]);
    const kept = lived('a');
    kept.committing('id-1', 0, 7);
    kept.deleting('id-1');
    expect(kinds(kept, [found('id-1', ['a'], { commit: 7 })])).toEqual([]);
    expect(kinds(createTopicHistory(), [found('id-9', [])])).toEqual([]);
  });
});
