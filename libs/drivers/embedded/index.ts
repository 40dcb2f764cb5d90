export { createEmbeddedDriver } from './embedded.driver.js';
export type { EmbeddedDriver, EmbeddedDriverOptions } from './embedded.driver.js';
export { readBundle, type BrokerBundle } from './bundle-store.js';
export { serverProperties } from './server-properties.js';
export * from './embedded.limits.js';
