import type { BrokerConfig } from '../api.js';

/** The listener that other brokers, here the platform, come in by. */
export const interBrokerListener = ({ properties }: Pick<BrokerConfig, 'properties'>): string => (properties.get('inter.broker.listener.name') ?? 'PLAINTEXT').toUpperCase();
