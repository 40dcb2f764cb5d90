export * from './api.js';
export * from './topic-partition.js';
