export { createAttached, type Attached, type AttachedOptions, type RemoteSource } from './attached.driver.js';
export { attachedLimits } from './attached.limits.js';
