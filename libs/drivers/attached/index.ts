export { createAttached, type Attached, type AttachedOptions, type RemoteSource } from './attached.driver.js';
export { sealAnew } from './sealed-credentials.js';
export { attachedLimits } from './attached.limits.js';
