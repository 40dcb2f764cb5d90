export * from './api.js';
export { OFFSETS_TOPIC, type GroupCoordinatorConfig } from './coordinator.config.js';
export { CoordinatorLimits } from './coordinator.limits.js';
export { createGroupCoordinator, type GroupCoordinatorDeps } from './group-coordinator.js';
export { decodeRecord, encodeRecord, type CoordinatorRecord, type StoredGroup, type StoredOffset } from './records/coordinator-record.js';
