/**
 * Quotas of users and client ids in force (KIP-13, 124, 219, 599). A request is charged when its answer is made: bytes that came or go, time on
 * the loop, partitions made or removed. Over quota it is answered at once with the time that its connection then stays mute; a Fetch
 * gets nothing but that time. Nobody is exempt, as in Kafka. Without quotas `enabled` is false and nothing here runs.
 */
import type { Clock } from '#libs/kernel';
import { ApiKey, ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { Controller, MetadataImage } from '../../controller/index.js';
import { buildQuotaTable, type QuotaTable } from './quota-table.js';
import { QUOTA_LIMITS } from './quotas.limits.js';
import { createSensors, type Sensors } from './sensors.js';
import { createTokenBucket, type TokenBucket } from './token-bucket.js';
import { createWindowedRate, throttleTimeMs, type RateWindow, type WindowedRate } from './windowed-rate.js';

export interface QuotaWindows { client: RateWindow; controller: RateWindow }

export interface ClientQuotasOptions {
  clock: Clock;
  controller: { readonly image: Pick<MetadataImage, 'quotas'>; onImage: Controller['onImage'] };
  windows: QuotaWindows;
}

export interface ChargedRequest { user: string; clientId: string; apiKey: number; sizeBytes: number }

/** One request's account. */
export interface RequestQuota {
  /** More than this many bytes in one answer would be throttled with certainty. */
  fetchBytesMax(): number;
  /** Counts a Fetch answer of this size. False: over quota, and not counted; the answer is to be empty. */
  fetched(bytes: number): boolean;
  /** Counts partitions made or removed; a strict caller (KIP-599) is refused with THROTTLING_QUOTA_EXCEEDED while it is in debt. */
  mutated(partitions: number, strict: boolean): void;
  /** Time that a handler waits isn't the caller's. */
  waits(): void;
  resumes(): void;
  /** Settles the account: how long the connection is to be mute. `answered` is false for what gets no answer (acks=0). */
  settle(answered: boolean): number;
}

export interface ClientQuotas {
  readonly enabled: boolean;
  begin(request: ChargedRequest): RequestQuota;
}

interface Rates { table: QuotaTable; readonly sensors: Sensors<WindowedRate>; readonly maxMs: number }
interface State {
  readonly clock: Clock;
  readonly windows: QuotaWindows;
  readonly produce: Rates;
  readonly fetch: Rates;
  readonly request: Rates;
  readonly mutation: { table: QuotaTable; readonly sensors: Sensors<TokenBucket> };
}

/** Of one thread, as Kafka counts: 100 is a whole one. */
const PERCENT_PER_MS = 100 / 1000;

function charge(rates: Rates, { user, clientId }: ChargedRequest, value: number, nowMs: number): number {
  const limit = rates.table.limitOf(user, clientId);
  if (limit === null) return 0;
  const rate = rates.sensors.get(limit.countedAs, nowMs);
  rate.record(value, nowMs);
  return throttleTimeMs(rate, limit.bound, nowMs, rates.maxMs);
}

class Account implements RequestQuota {
  private throttleMs = 0;
  private busyMs = 0;
  private runningSinceMs: number | null;
  private timeCharged = false;
  private mutationThrottle: { ms: number; atMs: number } | null = null;

  constructor(private readonly state: State, private readonly request: ChargedRequest) { this.runningSinceMs = state.clock.monotonic(); }

  fetchBytesMax(): number {
    const { fetch, windows: { client } } = this.state;
    const bound = fetch.table.limitOf(this.request.user, this.request.clientId)?.bound;
    return bound === undefined ? Infinity : Math.floor((bound * (client.samples - 1) * client.sampleMs) / 1000);
  }

  fetched(bytes: number): boolean {
    const nowMs = this.nowMs();
    const requestMs = this.chargeTime(nowMs);
    const fetchMs = charge(this.state.fetch, this.request, bytes, nowMs);
    this.throttleMs = Math.max(this.throttleMs, requestMs, fetchMs);
    if (this.throttleMs === 0) return true;
    charge(this.state.fetch, this.request, -bytes, nowMs);
    return false;
  }

  mutated(partitions: number, strict: boolean): void {
    const { mutation } = this.state;
    const limit = mutation.table.limitOf(this.request.user, this.request.clientId);
    if (limit === null) return;
    const nowMs = this.nowMs();
    const bucket = mutation.sensors.get(limit.countedAs, nowMs);
    const inDebt = bucket.tokens(limit.bound, nowMs) < 0;
    if (!strict || !inDebt) bucket.take(partitions, limit.bound, nowMs);
    const tokens = bucket.tokens(limit.bound, nowMs);
    // A strict caller is told to wait by its refusal only: what brought it into debt has been done.
    if (strict ? inDebt : tokens < 0) this.mutationThrottle = { ms: Math.min(QUOTA_LIMITS.throttleMsMax, Math.round((-tokens / limit.bound) * 1000)), atMs: nowMs };
    if (strict && inDebt) throw new KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED, 'The throttling quota has been exceeded.');
  }

  waits(): void {
    if (this.runningSinceMs !== null) this.busyMs += this.state.clock.monotonic() - this.runningSinceMs;
    this.runningSinceMs = null;
  }

  resumes(): void { this.runningSinceMs ??= this.state.clock.monotonic(); }

  settle(answered: boolean): number {
    const nowMs = this.nowMs();
    const { apiKey, sizeBytes } = this.request;
    if (apiKey === ApiKey.Produce) this.throttleMs = Math.max(this.throttleMs, charge(this.state.produce, this.request, sizeBytes, nowMs));
    if (answered) this.throttleMs = Math.max(this.throttleMs, this.chargeTime(nowMs));
    if (this.mutationThrottle !== null) this.throttleMs = Math.max(this.throttleMs, this.mutationThrottle.ms - (nowMs - this.mutationThrottle.atMs));
    return this.throttleMs;
  }

  private chargeTime(nowMs: number): number {
    if (this.timeCharged || this.state.request.table.size === 0) return 0;
    this.timeCharged = true;
    this.waits();
    return charge(this.state.request, this.request, this.busyMs * PERCENT_PER_MS, nowMs);
  }

  private nowMs(): number { return Math.floor(this.state.clock.monotonic()); }
}

export function createClientQuotas({ clock, controller, windows }: ClientQuotasOptions): ClientQuotas {
  const none = buildQuotaTable([], '');
  const rates = (maxMs: number): Rates => ({ table: none, sensors: createSensors(() => createWindowedRate(windows.client)), maxMs });
  const state: State = {
    clock, windows, produce: rates(QUOTA_LIMITS.throttleMsMax), fetch: rates(QUOTA_LIMITS.throttleMsMax), request: rates(windows.client.sampleMs),
    mutation: { table: none, sensors: createSensors(() => createTokenBucket(windows.controller)) },
  };
  let enabled = false;
  const read = (quotas: MetadataImage['quotas']): void => {
    const table = (key: string): QuotaTable => (quotas.size === 0 ? none : buildQuotaTable(quotas.values(), key));
    state.produce.table = table('producer_byte_rate');
    state.fetch.table = table('consumer_byte_rate');
    state.request.table = table('request_percentage');
    state.mutation.table = table('controller_mutation_rate');
    enabled = [state.produce, state.fetch, state.request, state.mutation].some(({ table: { size } }) => size > 0);
  };
  read(controller.image.quotas);
  controller.onImage((next, previous) => { if (next.quotas !== previous.quotas) read(next.quotas); });
  return {
    get enabled() { return enabled; },
    begin: (request) => new Account(state, request),
  };
}
