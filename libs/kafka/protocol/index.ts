export * from './wire.js';
export * from './generated/index.js';
export * from './api-keys.js';
export * from './error-codes.js';
export * from './record-batch.js';
export * from './records.js';
export * from './java-hash.js';
