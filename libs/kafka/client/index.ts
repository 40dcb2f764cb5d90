export * from './errors.js';
export * from './client.limits.js';
export { connectBroker, type BrokerConnection, type ConnectionOptions, type Credential, type ClientEnv } from './connection.js';
export * from './cluster.js';
export * from './cluster-pool.js';
export * from './admin-topics.js';
export * from './admin-configs.js';
export * from './admin-acls.js';
export * from './admin-groups.js';
