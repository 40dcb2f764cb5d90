export { findMigrations, migrate, type Migrated, type MigrateOptions } from './migrate.js';
export { openDatabase, type Database } from './connection.js';
export { readSealed, resealAll } from './remote-cluster.repository.js';
export { createStore } from './store.js';
export { createReconcilerStore } from './reconciler.repository.js';
