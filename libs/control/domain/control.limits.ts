/** Limits of the control plane. Each is enforced where it is named and says its own figure in the error. */
export interface ControlLimits {
  pageSizeDefault: number;
  pageSizeMax: number;
  /** Totals are exact up to here and left out beyond. */
  totalCountMax: number;
  displayNameLengthMax: number;
  organizationNameLengthMax: number;
  descriptionLengthMax: number;
  crnLengthMax: number;
  environmentsPerOrganizationMax: number;
  clustersPerOrganizationMax: number;
  serviceAccountsPerOrganizationMax: number;
  apiKeysPerOrganizationMax: number;
  apiKeysPerClusterMax: number;
  roleBindingsPerOrganizationMax: number;
  ckuMax: number;
  /** Less would hold neither a segment nor the offsets of a few groups. */
  diskLimitBytesMin: number;
  /** Broker settings of a tenant's own, of one cluster. */
  engineConfigsMax: number;
  /** Characters of one such setting's name, and of its value. */
  engineConfigTextMax: number;
  /** Addresses that a remote cluster is first asked at. */
  remoteBootstrapMax: number;
  /** Of a certificate, a list of them or a key. */
  pemLengthMax: number;
  /** Names that one request may ask about. */
  namesPerCheckMax: number;
  /** A cluster that isn't up by then is FAILED with the reason. */
  provisioningDeadlineMs: number;
}

export const controlLimits: ControlLimits = {
  pageSizeDefault: 10,
  pageSizeMax: 100,
  totalCountMax: 1_000,
  displayNameLengthMax: 64,
  organizationNameLengthMax: 31,
  descriptionLengthMax: 1_024,
  crnLengthMax: 1_024,
  environmentsPerOrganizationMax: 1_000,
  clustersPerOrganizationMax: 500,
  serviceAccountsPerOrganizationMax: 5_000,
  apiKeysPerOrganizationMax: 10_000,
  apiKeysPerClusterMax: 2_000,
  roleBindingsPerOrganizationMax: 10_000,
  ckuMax: 100,
  diskLimitBytesMin: 16 * 1024 * 1024,
  engineConfigsMax: 100,
  engineConfigTextMax: 4_096,
  remoteBootstrapMax: 20,
  pemLengthMax: 65_536,
  namesPerCheckMax: 50,
  provisioningDeadlineMs: 120_000,
};
