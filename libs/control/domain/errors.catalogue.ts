import { Failure } from '#libs/kernel';

/**
 * Every failure that the control plane answers with, and what kind of mistake it is. A façade turns the kind into its own status and shape:
 * malformed (400) can't be read · invalid (422) is readable and not allowed · unauthenticated (401) · quota-exceeded (402) ·
 * forbidden (403) · not-found (404) · conflict (409).
 */
export type FailureKind = 'malformed' | 'invalid' | 'not-found' | 'conflict' | 'quota-exceeded' | 'forbidden' | 'unauthenticated';

export const controlFailures = {
  invalid_page_size: 'malformed',
  invalid_page_token: 'malformed',
  invalid_filter: 'malformed',
  invalid_display_name: 'invalid',
  invalid_description: 'invalid',
  invalid_crn: 'malformed',
  invalid_principal: 'malformed',
  invalid_role: 'malformed',
  invalid_owner: 'invalid',
  invalid_resource: 'invalid',
  invalid_configuration: 'invalid',
  invalid_cloud: 'invalid',
  invalid_region: 'invalid',
  invalid_availability: 'invalid',
  immutable_field: 'invalid',
  invalid_topic_name: 'invalid',
  invalid_naming_policy: 'invalid',
  topic_name_refused: 'invalid',
  invalid_api_key: 'unauthenticated',
  user_unauthorized: 'forbidden',
  resource_not_found: 'not-found',
  resource_already_exists: 'conflict',
  environment_not_empty: 'conflict',
  deletion_protected: 'conflict',
  cluster_not_ready: 'conflict',
  cluster_paused: 'conflict',
  operation_in_progress: 'conflict',
  cluster_unhealthy: 'conflict',
  too_few_brokers: 'conflict',
  engine_unavailable: 'conflict',
  impossible_sizing: 'malformed',
  not_supported_by_engine: 'conflict',
  remote_unresolvable: 'invalid',
  remote_address_refused: 'invalid',
  remote_unreachable: 'invalid',
  remote_tls_failed: 'invalid',
  remote_login_refused: 'invalid',
  remote_not_authorized: 'invalid',
  remote_not_kafka: 'invalid',
  remote_other_cluster: 'conflict',
  last_administrator: 'conflict',
  quota_exceeded: 'quota-exceeded',
} as const satisfies Record<string, FailureKind>;

export type ControlFailureCode = keyof typeof controlFailures;

export interface FailureSource { pointer?: string; parameter?: string }

/** Thrown by the domain and the use cases. `message` is precise and safe to show; it never holds a cause or a secret. */
export class ControlFailure extends Failure {
  override readonly name = 'ControlFailure';
  readonly kind: FailureKind;
  /** What in the request is at fault: a JSON pointer into the body or the name of a query parameter. */
  readonly source: FailureSource | null;
  /** Of a conflict: the id of the resource that is in the way. */
  readonly conflictingId: string | null;

  constructor(override readonly code: ControlFailureCode, message: string, more: { source?: FailureSource; conflictingId?: string } = {}) {
    super(code, message);
    this.kind = controlFailures[code];
    this.source = more.source ?? null;
    this.conflictingId = more.conflictingId ?? null;
  }
}

export const notFound = (what: string, id: string): ControlFailure => new ControlFailure('resource_not_found', `${what} ${id} was not found`);
