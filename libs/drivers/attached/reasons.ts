/** What went wrong between the platform and somebody else's broker, from the error of the socket up to that of the protocol, with what to do about it. */
import { ControlFailure, type ControlFailureCode, type FailureSource } from '#libs/control/domain';
import { EgressRefusedError, EgressUnresolvableError } from '#libs/egress';
import { ClusterAuthenticationError, ClusterUnreachableError } from '#libs/kafka/client';
import { ErrorCode, KafkaError, ProtocolError } from '#libs/kafka/protocol';
import { attachedLimits } from './attached.limits.js';

export interface Reason { code: Extract<ControlFailureCode, `remote_${string}`>; text: string }

interface Cause { message: string; code?: unknown; cause?: unknown }

// Not `instanceof Error`: those of the runtime may be of another realm.
const isCause = (value: unknown): value is Cause => typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

function* chainOf(error: unknown): Generator<Cause> {
  let at = error;
  for (let depth = 0; depth < 6 && isCause(at); depth += 1) {
    yield at;
    at = at.cause;
  }
}

const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_\w+|INVALID_CA|INVALID_PURPOSE)$/;
const UNREACHED: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there', EHOSTUNREACH: 'there is no way to that host', ENETUNREACH: 'there is no way to that network', ETIMEDOUT: 'it does not answer', EACCES: 'this machine does not allow it', EPERM: 'this machine does not allow it',
};

function tlsReason(code: string, message: string): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name: give the name that the certificate holds, or have the broker advertise it';
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (UNTRUSTED.test(code)) return `its certificate isn't signed by an authority that is trusted here (${code}): give the authority's certificate as ca_pem`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return 'it doesn\'t speak TLS: is security_protocol right for this listener?';
  if (/ALERT_CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA/.test(code)) return 'it wants a client certificate that it trusts: give certificate_pem and key_pem';
  if (/^ERR_(SSL|OSSL|TLS)_/.test(code)) return `the TLS handshake fails (${code})`;
  if (/before secure TLS connection was established/.test(message)) return 'it ends the connection in the TLS handshake: is security_protocol right for this listener?';
  return null;
}

/** What a broker says, short and without what neither a line nor a database takes. */
export const clipped = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, attachedLimits.reasonLengthMax);

/** Null for what is no matter of the connection. The text goes after the address: "broker:9092: …". */
export function reasonOf(error: unknown): Reason | null {
  for (const each of chainOf(error)) {
    const code = typeof each.code === 'string' ? each.code : '';
    if (each instanceof EgressRefusedError) return { code: 'remote_address_refused', text: `${each.message}; the platform may not connect there unless its operator allows it (SLUICE_EGRESS_ALLOW)` };
    if (each instanceof EgressUnresolvableError) return { code: 'remote_unresolvable', text: each.message };
    if (each instanceof ClusterAuthenticationError) return { code: 'remote_login_refused', text: `the login is refused: ${clipped(each.message)}` };
    if (each instanceof ProtocolError) return { code: 'remote_not_kafka', text: 'it answers something that isn\'t Kafka\'s protocol' };
    if (each instanceof KafkaError) return kafkaReason(each);
    const tls = tlsReason(code, each.message);
    if (tls !== null) return { code: 'remote_tls_failed', text: tls };
    if (code in UNREACHED) return { code: 'remote_unreachable', text: UNREACHED[code]! };
    if (/no connection within/.test(each.message)) return { code: 'remote_unreachable', text: 'it does not answer' };
  }
  return error instanceof ClusterUnreachableError
    ? { code: 'remote_not_kafka', text: 'it takes the connection and doesn\'t answer as Kafka does: is it a listener of a Kafka broker, and is security_protocol right for it?' } : null;
}

function kafkaReason(error: KafkaError): Reason {
  const isForbidden = error.code === ErrorCode.CLUSTER_AUTHORIZATION_FAILED || error.code === ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  return isForbidden
    ? { code: 'remote_not_authorized', text: 'the credential may not describe the cluster: give its principal the right to (Describe on Cluster)' }
    : { code: 'remote_not_kafka', text: `it answers ${error.codeName}: ${clipped(error.message)}` };
}

export function failureOf(error: unknown, where: string, source: FailureSource): unknown {
  const reason = reasonOf(error);
  return reason === null ? error : new ControlFailure(reason.code, `${where}: ${reason.text}`, { source });
}
