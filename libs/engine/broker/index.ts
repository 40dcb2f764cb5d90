export type { ProcessFigures } from './broker-metrics.js';
export { startBroker, type Broker, type BrokerHost, type BrokerOptions } from './broker.js';
export { readBrokerSettings, type BrokerSettings } from './server-properties.js';
export { parseJavaProperties } from './java-properties.js';
export { createStatusFile, type BrokerIdentity, type StatusFile } from './status-file.js';
export { BROKER_LIMITS } from './broker.limits.js';
export { BROKER_PHASES, BROKER_TRANSITIONS, type BrokerPhase } from './broker.states.js';
