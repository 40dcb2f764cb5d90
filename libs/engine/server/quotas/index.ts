export { createClientQuotas, type ClientQuotas, type QuotaWindows, type RequestQuota } from './client-quotas.js';
export { createConnectionRates, type Admission, type ConnectionRates } from './connection-rates.js';
export { QUOTA_LIMITS } from './quotas.limits.js';
