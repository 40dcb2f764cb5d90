/** Life of a client's connection: `draining` takes no new requests, finishes what changes something, then ends. */
export const CONNECTION_STATES = ['open', 'draining', 'ending', 'closed'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

export const CONNECTION_TRANSITIONS: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  open: ['draining', 'ending', 'closed'],
  draining: ['ending', 'closed'],
  ending: ['closed'],
  closed: [],
};
