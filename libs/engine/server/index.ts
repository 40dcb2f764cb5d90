export * from './api.js';
export { createKafkaServer, type KafkaServer, type KafkaServerOptions, type ListenerSpec, type SecurityProtocol, type ServerSettings } from './server.js';
export { SASL_MECHANISMS, type SaslMechanism, type SaslSession } from './sasl-session.js';
export { createClientQuotas, createConnectionRates, type ClientQuotas, type ConnectionRates, type QuotaWindows } from './quotas/index.js';
export { SERVER_LIMITS } from './server.limits.js';
export type { ConnectionLimits } from './connection-limits.js';
export { planMemory, type MemoryPlan } from './memory-plan.js';
export { createRequestLatencies } from './request-latencies.js';
export { createHandlers } from './handlers/index.js';
