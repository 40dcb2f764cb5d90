export { ensureDatabase } from './ensure-database.js';
export type { Database, EnsureDatabaseOptions } from './database.types.js';
export * from './database.limits.js';
