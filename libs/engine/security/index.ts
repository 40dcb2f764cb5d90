export * from './api.js';
export * from './security.errors.js';
export { SECURITY_LIMITS } from './security.limits.js';
export { createPrincipalStore, type PrincipalStoreOptions } from './principal-store.js';
export { parsePrincipal } from './principals.schema.js';
export { createAuthorizer, type AuthorizerOptions } from './authorizer.js';
export { parsePlain, type PlainCredentials } from './plain.js';
export { createScramServer, type ScramServer, type ScramStep } from './scram.js';
export { createLoginBackoff, type LoginBackoff } from './login-backoff.js';
