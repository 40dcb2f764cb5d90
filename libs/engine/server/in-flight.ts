/**
 * Requests that a connection has begun, in order of arrival. One at a time; only Produce may begin while others are out, if those are Produce
 * too, so that their fsyncs are shared. Outcomes leave in the order of arrival.
 */
import type { MemoryGrant } from './memory-pool.js';
import type { Outcome } from './request-dispatch.js';

export interface InFlightRequest { readonly produce: boolean; readonly sizeBytes: number; grant: MemoryGrant | null; outcome: Outcome | null }

export interface InFlight {
  readonly count: number;
  /** Requests are out whose effects a client was or may be promised. */
  readonly writing: boolean;
  /** Of the requests that memory was granted for. */
  readonly grantedBytes: number;
  mayBegin(produce: boolean): boolean;
  begin(produce: boolean, sizeBytes: number, grant: MemoryGrant | null): InFlightRequest;
  /** Outcome of the oldest request, once it has one. */
  nextOutcome(): Outcome | null;
  release(): void;
}

class Requests implements InFlight {
  private requests: InFlightRequest[] = [];
  private produces = 0;

  constructor(private readonly countMax: number) {}

  get count(): number { return this.requests.length; }
  get writing(): boolean { return this.produces > 0; }
  get grantedBytes(): number { return this.requests.reduce((sum, { sizeBytes, grant }) => (grant === null ? sum : sum + sizeBytes), 0); }

  mayBegin(produce: boolean): boolean {
    const { length } = this.requests;
    return length === 0 || (produce && length < this.countMax && this.produces === length);
  }

  begin(produce: boolean, sizeBytes: number, grant: MemoryGrant | null): InFlightRequest {
    const request: InFlightRequest = { produce, sizeBytes, grant, outcome: null };
    this.requests.push(request);
    if (produce) this.produces += 1;
    return request;
  }

  nextOutcome(): Outcome | null {
    const head = this.requests[0];
    if (head === undefined || head.outcome === null) return null;
    this.requests.shift();
    if (head.produce) this.produces -= 1;
    head.grant?.release();
    return head.outcome;
  }

  release(): void {
    for (const request of this.requests) request.grant?.release();
    this.requests = [];
    this.produces = 0;
  }
}

export function createInFlight(countMax: number): InFlight {
  return new Requests(countMax);
}
