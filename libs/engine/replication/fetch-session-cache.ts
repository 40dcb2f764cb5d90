/** The slots for fetch sessions of one broker (KIP-227): bounded in number and in partitions; a slot that is idle for two minutes may be taken. */
import type { Clock, Random } from '#libs/kernel';
import { ErrorCode, type FetchRequest } from '#libs/kafka/protocol';
import { createFetchSession, selectNews, updateFetchSession, wantedPartitions, type FetchAnswer, type FetchSession, type WantedPartition } from './fetch-session.js';
import { INVALID_SESSION_ID, fetchSessionRequest, nextSessionEpoch } from './fetch-session.states.js';
import { replicationLimits } from './replication.limits.js';

/** How one Fetch request is served: which partitions are read, and what of the answers is sent. */
export interface FetchContext {
  readonly wanted: readonly WantedPartition[];
  readonly incremental: boolean;
  finish<A extends FetchAnswer>(answers: readonly A[]): { sessionId: number; answers: readonly A[] };
}
/** Answered at the top of the response; the client begins a new session. */
export interface FetchSessionError { readonly errorCode: ErrorCode }

export interface FetchSessionCache {
  readonly sessions: number;
  readonly partitions: number;
  begin(request: FetchRequest, apiVersion: number): FetchContext | FetchSessionError;
}

export interface FetchSessionCacheOptions {
  clock: Clock;
  random: Random;
  slots: number;
  limits?: Record<'fetchSessionPartitionsMax' | 'fetchSessionPartitionsTotalMax' | 'fetchSessionEvictionMs', number>;
}

const FIRST_VERSION_WITH_TOPIC_IDS = 13;

interface CacheState {
  options: FetchSessionCacheOptions;
  limits: NonNullable<FetchSessionCacheOptions['limits']>;
  /** Least recently used first. */
  byId: Map<number, FetchSession>;
  partitions: number;
}

function remove(state: CacheState, id: number): void {
  const session = state.byId.get(id);
  if (session === undefined) return;
  state.byId.delete(id);
  state.partitions -= session.partitions.size;
}

/** Makes room if it may: only a session that was idle for long enough gives way. */
function hasRoom(state: CacheState, partitions: number): boolean {
  const { limits, options } = state;
  if (partitions === 0 || partitions > limits.fetchSessionPartitionsMax) return false;
  const isFull = (): boolean => state.byId.size >= options.slots || state.partitions + partitions > limits.fetchSessionPartitionsTotalMax;
  for (const session of state.byId.values()) {
    if (!isFull()) return true;
    if (options.clock.monotonic() - session.lastUsedMs <= limits.fetchSessionEvictionMs) return false;
    remove(state, session.id);
  }
  return !isFull();
}

function newId(state: CacheState): number {
  for (;;) {
    const id = 1 + state.options.random.int(0x7fff_ffff);
    if (!state.byId.has(id)) return id;
  }
}

function create(state: CacheState, usesTopicIds: boolean, answers: readonly FetchAnswer[]): number {
  if (!hasRoom(state, answers.length)) return INVALID_SESSION_ID;
  const session = createFetchSession(newId(state), usesTopicIds, state.options.clock.monotonic(), answers);
  state.byId.set(session.id, session);
  state.partitions += session.partitions.size;
  return session.id;
}

function full(state: CacheState, request: FetchRequest, usesTopicIds: boolean, wantsSession: boolean): FetchContext {
  return {
    wanted: [...wantedPartitions(request)], incremental: false,
    finish: (answers) => ({ answers, sessionId: wantsSession ? create(state, usesTopicIds, answers) : INVALID_SESSION_ID }),
  };
}

function incremental(state: CacheState, session: FetchSession, request: FetchRequest, usesTopicIds: boolean): FetchContext | FetchSessionError {
  const before = session.partitions.size;
  updateFetchSession(session, request);
  state.partitions += session.partitions.size - before;
  const { fetchSessionPartitionsMax, fetchSessionPartitionsTotalMax } = state.limits;
  if (session.partitions.size > fetchSessionPartitionsMax || (session.partitions.size > before && state.partitions > fetchSessionPartitionsTotalMax)) {
    remove(state, session.id);
    return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND };
  }
  if (session.partitions.size === 0) {
    remove(state, session.id);
    return full(state, request, usesTopicIds, false);
  }
  session.epoch = nextSessionEpoch(session.epoch);
  session.lastUsedMs = state.options.clock.monotonic();
  state.byId.delete(session.id);
  state.byId.set(session.id, session);
  return {
    wanted: [...session.partitions.values()].map(({ wanted }) => wanted), incremental: true,
    finish: (answers) => ({ answers: selectNews(session, answers), sessionId: session.id }),
  };
}

export function createFetchSessionCache(options: FetchSessionCacheOptions): FetchSessionCache {
  const state: CacheState = { options, limits: options.limits ?? replicationLimits, byId: new Map(), partitions: 0 };
  return {
    get sessions() { return state.byId.size; },
    get partitions() { return state.partitions; },
    begin(request, apiVersion) {
      const usesTopicIds = apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS;
      const kind = fetchSessionRequest(request.sessionEpoch);
      if (kind !== 'incremental') {
        remove(state, request.sessionId);
        return full(state, request, usesTopicIds, kind === 'initial');
      }
      const session = state.byId.get(request.sessionId);
      if (session === undefined) return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND };
      if (session.epoch !== request.sessionEpoch) return { errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH };
      if (session.usesTopicIds !== usesTopicIds) return { errorCode: ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR };
      return incremental(state, session, request, usesTopicIds);
    },
  };
}
