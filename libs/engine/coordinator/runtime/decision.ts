/** What a handler answers: everything that is to happen, as data. Nothing has happened yet. */
import type { Random } from '#libs/kernel';
import type { Draft, JoinGroupResponse, SyncGroupResponse } from '#libs/kafka/protocol';
import type { GroupCoordinatorConfig } from '../coordinator.config.js';
import { copyGroup, newGroup, type ClassicGroup, type ClassicGroupView } from '../group/classic-group.js';
import type { CoordinatorRecord } from '../records/coordinator-record.js';
import type { CoordinatorState } from '../records/coordinator.replay.js';

/** What a handler may look at. */
export interface CoordinatorView {
  readonly config: GroupCoordinatorConfig;
  readonly nowMs: number;
  readonly random: Random;
  readonly state: CoordinatorState;
  group(groupId: string): ClassicGroupView | null;
  groupIds(): Iterable<string>;
  /** Of all shards on this broker. */
  groupsOnBroker(): number;
  /** What members of groups may still tell of themselves, all shards on this broker together. */
  metadataBytesLeft(): number;
  /** What committed offsets may still take, all shards on this broker together; below zero when a log held more. */
  offsetBytesLeft(): number;
}

/** Timers are data; what they bring when they are due comes back as a command. */
export type TimerCommand =
  | { kind: 'memberSession'; groupId: string; memberId: string }
  | { kind: 'initialJoin'; groupId: string; delayMs: number; remainingMs: number }
  | { kind: 'completeJoin'; groupId: string }
  | { kind: 'pendingSync'; groupId: string; generation: number }
  | { kind: 'expireOffsets' };

export interface TimerSet { readonly delayMs: number; readonly command: TimerCommand }

/** Of a request that was parked. */
export type ParkedAnswer = Draft<JoinGroupResponse> | Draft<SyncGroupResponse>;

/** The answer comes with a later decision. */
export const PARKED: unique symbol = Symbol('parked');

export interface Decision<R> {
  readonly response: R | typeof PARKED;
  readonly plan: Plan;
}

/** What a handler collects while it decides. */
export interface Plan {
  readonly records: CoordinatorRecord[];
  /** False: the records may be split over batches. */
  atomic: boolean;
  /** The next value of each group that changes; null removes it. */
  readonly groups: Map<string, ClassicGroup | null>;
  readonly answers: Map<number, ParkedAnswer>;
  /** By key; null cancels. */
  readonly timers: Map<string, TimerSet | null>;
}

export function createPlan(): Plan {
  return { records: [], atomic: true, groups: new Map(), answers: new Map(), timers: new Map() };
}

/** The copy of the group that this decision changes; a new group when there is none. */
export function editGroup(view: CoordinatorView, plan: Plan, groupId: string): ClassicGroup {
  const edited = plan.groups.get(groupId);
  if (edited !== undefined && edited !== null) return edited;
  const existing = edited === null ? null : view.group(groupId);
  const group = existing === null ? newGroup(groupId, view.nowMs) : copyGroup(existing);
  plan.groups.set(groupId, group);
  return group;
}

/** Keys can't collide whatever the ids contain: the group id's length stands before it. */
export const sessionKey = (groupId: string, memberId: string): string => `session:${groupId.length}:${groupId}:${memberId}`;
export const joinKey = (groupId: string): string => `join:${groupId}`;
export const syncKey = (groupId: string): string => `sync:${groupId}`;
export const EXPIRY_KEY = 'expire-offsets';

export function setSessionTimer(plan: Plan, groupId: string, memberId: string, delayMs: number): void {
  plan.timers.set(sessionKey(groupId, memberId), { delayMs, command: { kind: 'memberSession', groupId, memberId } });
}
