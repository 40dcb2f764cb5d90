/** What tests of the coordinator, and of what stands on it, stand on. */
export * from './coordinator-context.js';
export * from './fake-partition.js';
