/**
 * Which addresses the platform may connect to for somebody else's sake. What a name stands for is looked up once, every address that it has is judged, and
 * the connection goes to an address that was judged: a second look-up could answer otherwise. Certificates are still checked against the name.
 */
export { createEgressRule, type EgressRule, type EgressRuleOptions, type OwnService } from './egress-rule.js';
export { createEgressNet, type EgressNetOptions } from './egress-net.js';
export { createResolver, ownAddresses, type Resolve } from './resolve.js';
export { parseRange, type AddressRange } from './address-range.js';
export { parseHost, type EgressHost } from './host.js';
export { EgressRefusedError, EgressUnresolvableError } from './egress.errors.js';
export { egressLimits } from './egress.limits.js';
