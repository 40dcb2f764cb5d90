export * from './api.js';
export * from './topic-partition.js';
export { NOTHING_REMOVED } from './log-config.defaults.js';
export { openLog } from './open-log.js';
export * from './checkpoint-file.js';
export * from './log-directory.js';
export { parseTopicPartition } from './file-names.js';
export { isDiskFull } from './log.errors.js';
export { readTopicId } from './partition-metadata.js';
