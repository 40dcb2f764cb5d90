export * from './ports.js';
export * from './invariant.js';
export * from './errors.js';
export * from './replace-file.js';
export * from './crc32c.js';
export * from './make-directory.js';
