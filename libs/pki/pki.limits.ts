export const CA_VALIDITY_DAYS = 3650;
export const LEAF_VALIDITY_DAYS = 90;
/** A certificate is replaced when less than this part of its life is left. */
export const RENEWAL_FRACTION_LEFT = 1 / 3;
/** Clocks of clients may be this far behind ours. */
export const CLOCK_SKEW_MS = 60 * 60 * 1000;
/** RFC 5280: an X.520 common name has at most 64 characters. */
export const COMMON_NAME_LENGTH_MAX = 64;
export const HOSTS_MAX = 100;
/** The only principal that brokers' internal listeners take for the platform. */
export const CONTROL_PLANE_COMMON_NAME = 'sluice-control-plane';
