/**
 * What was done to topics that are deleted and made again, by their lives: a life is a topic id. Each has a history of its own, so whatever
 * of one life is served under another is a phantom there. Offsets to commit must be drawn so that no two lives commit the same one.
 */
import { createHistory, type Finding, type History } from './history.js';
import type { ReadRecord } from './sim-reader.js';

export type TopicFinding =
  | (Finding & { topic: string; topicId: string })
  | { kind: 'topic-lost'; topic: string; topicId: string }
  | { kind: 'topic-undead'; topic: string; topicId: string }
  | { kind: 'stale-commit'; topic: string; topicId: string; partition: number; found: number };

export interface TopicLife {
  readonly name: string;
  readonly topicId: string;
  readonly history: History;
  /** `deleting` from before the request is sent: it may be gone. `deleted` once that was answered. */
  readonly state: 'living' | 'deleting' | 'deleted';
}

/** A topic that is there in the end, read by its id. */
export interface FoundTopic { name: string; topicId: string; records: ReadonlyMap<number, readonly ReadRecord[]>; logStarts: ReadonlyMap<number, number>; commits: ReadonlyMap<number, number> }

export interface TopicHistory {
  /** Created with an answer, or found without one; the same id is the same life. */
  created(topicId: string, name: string): TopicLife;
  deleting(topicId: string): void;
  deleted(topicId: string): void;
  /** The broker doesn't know it although nobody asked for its end. */
  missing(topicId: string): void;
  /** Before it is sent. */
  committing(topicId: string, partition: number, offset: number): void;
  committed(topicId: string, group: string, partition: number, offset: number): void;
  /** −1: nothing is committed. */
  foundCommit(topicId: string, group: string, partition: number, offset: number): void;
  lives(): readonly TopicLife[];
  /** `servedIds`: of the deleted topics' ids those under which something can be read. */
  check(group: string, found: readonly FoundTopic[], servedIds: readonly string[]): TopicFinding[];
}

const NOTHING_COMMITTED = -1;

export function createTopicHistory(): TopicHistory {
  const lives = new Map<string, { name: string; topicId: string; history: History; state: TopicLife['state']; sentCommits: Set<string> }>();
  const findings: TopicFinding[] = [];

  function created(topicId: string, name: string): TopicLife {
    let life = lives.get(topicId);
    if (!life) lives.set(topicId, life = { name, topicId, history: createHistory(), state: 'living', sentCommits: new Set() });
    else if (life.state === 'deleted') findings.push({ kind: 'topic-undead', topic: name, topicId });
    return life;
  }
  function foundCommit(topicId: string, group: string, partition: number, offset: number): void {
    const { name, history, sentCommits } = lives.get(topicId)!;
    if (offset !== NOTHING_COMMITTED && !sentCommits.has(`${partition}/${offset}`)) findings.push({ kind: 'stale-commit', topic: name, topicId, partition, found: offset });
    history.foundCommit(group, partition, offset);
  }

  return {
    created, foundCommit,
    deleting(topicId) { lives.get(topicId)!.state = 'deleting'; },
    deleted(topicId) { lives.get(topicId)!.state = 'deleted'; },
    missing(topicId) { findings.push({ kind: 'topic-lost', topic: lives.get(topicId)!.name, topicId }); },
    committing(topicId, partition, offset) { lives.get(topicId)!.sentCommits.add(`${partition}/${offset}`); },
    committed(topicId, group, partition, offset) { lives.get(topicId)!.history.committed(group, partition, offset); },
    lives: () => [...lives.values()],
    check(group, found, servedIds) {
      for (const { name, topicId, records, logStarts, commits } of found) {
        const { history } = created(topicId, name);
        for (const [partition, offset] of commits) foundCommit(topicId, group, partition, offset);
        for (const [partition, offset] of logStarts) history.foundLogStart(partition, offset);
        for (const finding of history.check(records)) findings.push({ ...finding, topic: name, topicId });
      }
      const present = new Set(found.map(({ topicId }) => topicId));
      for (const { name, topicId, state } of lives.values()) {
        if (state === 'living' && !present.has(topicId)) findings.push({ kind: 'topic-lost', topic: name, topicId });
        if (state === 'deleted' && !present.has(topicId) && servedIds.includes(topicId)) findings.push({ kind: 'topic-undead', topic: name, topicId });
      }
      return findings;
    },
  };
}
