import { until, type ControlPlaneFixture, type Key } from './control-plane.fixture.js';

/** One organization with one of everything in it, and keys of every strength. */
export interface Tenant {
  organizationId: string;
  userId: string;
  admin: Key;
  /** In the name of everything that is this tenant's: whoever reads it reads what is this tenant's. */
  canary: string;
  environmentId: string;
  clusterId: string;
  serviceAccountId: string;
  roleBindingId: string;
  operationId: string;
  /** Of a service account without any role. */
  weak: Key;
  /** Opens the cluster, and nothing of the control plane. */
  clusterKey: Key;
  /** Was the administrator's, and is no more. */
  deleted: Key;
}

let count = 0;

export async function createTenant(plane: ControlPlaneFixture): Promise<Tenant> {
  count += 1;
  const canary = `canary-${count}-`;
  const made = (await plane.request('POST', '/sluice/v1/organizations', { body: { display_name: `Tenant ${count}` } })).body;
  const admin: Key = { id: made.api_key.id, secret: made.api_key.secret };
  const post = async (path: string, body: unknown): Promise<ReturnType<typeof JSON.parse>> => {
    const answer = await plane.request('POST', path, { key: admin, body });
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const keyOf = async (spec: unknown): Promise<Key> => {
    const { id, spec: { secret } } = await post('/iam/v2/api-keys', { spec });
    return { id, secret };
  };
  const environment = await post('/org/v2/environments', { display_name: `${canary}environment` });
  await plane.request('PUT', `/sluice/v1/environments/${environment.id}/naming-policy`, { key: admin, body: { mode: 'warn', template: '<env>.<service>.<jira>.<type>', exemptions: { names: [canary] } } });
  const cluster = await post('/cmk/v2/clusters', {
    spec: { display_name: `${canary}cluster`, availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'us-east-2', config: { kind: 'Basic' }, environment: { id: environment.id } },
  });
  await until(() => plane.request('GET', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`, { key: admin }), (answer) => answer.body.status.phase === 'PROVISIONED');
  const account = await post('/iam/v2/service-accounts', { display_name: `${canary}account` });
  const weakAccount = await post('/iam/v2/service-accounts', { display_name: 'weak' });
  const binding = await post('/iam/v2/role-bindings', { principal: `User:${account.id}`, role_name: 'CloudClusterAdmin', crn_pattern: cluster.metadata.resource_name });
  const operations = await plane.request('GET', '/sluice/v1/operations', { key: admin });
  const deleted = await keyOf({ owner: { id: made.administrator.id } });
  await plane.request('DELETE', `/iam/v2/api-keys/${deleted.id}`, { key: admin });
  return {
    canary, organizationId: made.id, userId: made.administrator.id, admin, environmentId: environment.id, clusterId: cluster.id, serviceAccountId: account.id, roleBindingId: binding.id,
    operationId: operations.body.data[0].id, deleted,
    weak: await keyOf({ owner: { id: weakAccount.id } }),
    clusterKey: await keyOf({ owner: { id: account.id }, display_name: `${canary}key`, resource: { id: cluster.id, environment: environment.id } }),
  };
}
