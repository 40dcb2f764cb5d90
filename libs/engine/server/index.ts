export * from './api.js';
export { createKafkaServer, type KafkaServer, type KafkaServerOptions, type ListenerSpec, type SecurityProtocol, type ServerSettings } from './server.js';
export { SASL_MECHANISMS, type SaslMechanism, type SaslSession } from './sasl-session.js';
export { SERVER_LIMITS } from './server.limits.js';
export { createSaslHandshakeHandler } from './handlers/17-sasl-handshake.handlers.js';
export { createApiVersionsHandler } from './handlers/18-api-versions.handlers.js';
export { createSaslAuthenticateHandler } from './handlers/36-sasl-authenticate.handlers.js';
