export * from './process-identity.js';
export * from './atomic-file.js';
export * from './usage.js';
export * from './child-environment.js';
