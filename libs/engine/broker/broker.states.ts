/** What `status.json` says of a broker, and the order it can say it in. */
export const BROKER_PHASES = ['starting', 'recovering', 'ready', 'stopping', 'failed'] as const;
export type BrokerPhase = (typeof BROKER_PHASES)[number];

export const BROKER_TRANSITIONS: Readonly<Record<BrokerPhase, readonly BrokerPhase[]>> = {
  starting: ['recovering', 'stopping', 'failed'],
  recovering: ['ready', 'stopping', 'failed'],
  ready: ['stopping', 'failed'],
  stopping: ['failed'],
  failed: [],
};
