/** What tests and the simulation stand on instead of the machine. */
export * from './memory-disk.js';
export { PAGE_BYTES } from './memory-file.js';
export * from './seeded-random.js';
export * from './test-env.js';
export * from './virtual-time.js';
