/** Where this façade's objects stand, without a base. */
export const paths = {
  organization: (id: string): string => `/org/v2/organizations/${id}`,
  environment: (id: string): string => `/org/v2/environments/${id}`,
  user: (id: string): string => `/iam/v2/users/${id}`,
  serviceAccount: (id: string): string => `/iam/v2/service-accounts/${id}`,
  apiKey: (id: string): string => `/iam/v2/api-keys/${id}`,
  roleBinding: (id: string): string => `/iam/v2/role-bindings/${id}`,
  cluster: (id: string): string => `/cmk/v2/clusters/${id}`,
};

const ofPrefix: Record<string, (id: string) => string> = {
  env: paths.environment, u: paths.user, sa: paths.serviceAccount, rb: paths.roleBinding, lkc: paths.cluster,
};

/** The path of any object of ours, told by its id's prefix; null for other ids. */
export function confluentResourcePath(id: string): string | null {
  return ofPrefix[id.slice(0, Math.max(0, id.indexOf('-')))]?.(id) ?? null;
}
