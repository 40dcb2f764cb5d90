/**
 * Requests that a connection has begun, in order of arrival. One at a time; only Produce may begin while others are out, if those are Produce
 * too, so that their fsyncs are shared. Outcomes leave in the order of arrival.
 */
import type { MemoryGrant } from './memory-pool.js';
import type { Outcome } from './request-dispatch.js';

export interface InFlightRequest { readonly produce: boolean; grant: MemoryGrant | null; outcome: Outcome | null }

export interface InFlight {
  readonly count: number;
  /** Requests are out whose effects a client was or may be promised. */
  readonly writing: boolean;
  mayBegin(produce: boolean): boolean;
  begin(produce: boolean, grant: MemoryGrant | null): InFlightRequest;
  /** Outcome of the oldest request, once it has one. */
  nextOutcome(): Outcome | null;
  release(): void;
}

export function createInFlight(countMax: number): InFlight {
  const requests: InFlightRequest[] = [];
  return {
    get count() { return requests.length; },
    get writing() { return requests.some((request) => request.produce); },
    mayBegin: (produce) => requests.length === 0 || (produce && requests.length < countMax && requests.every((request) => request.produce)),
    begin(produce, grant) {
      const request = { produce, grant, outcome: null };
      requests.push(request);
      return request;
    },
    nextOutcome() {
      const head = requests[0];
      if (head === undefined || head.outcome === null) return null;
      requests.shift();
      head.grant?.release();
      return head.outcome;
    },
    release() {
      for (const request of requests) request.grant?.release();
      requests.length = 0;
    },
  };
}
