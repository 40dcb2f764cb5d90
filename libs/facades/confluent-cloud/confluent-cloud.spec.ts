import 'reflect-metadata';
import type { ApiKey, Cluster, Environment, Organization, RoleBinding, ServiceAccount, User } from '#libs/control/application';
import { presentApiKey, toApiKeyChange, toApiKeyFilter, toApiKeyInput } from './apikeys-v2/api-key.mapper.js';
import { presentCluster, toClusterChange, toClusterInput, toDeletionProtectionFilter } from './cmk-v2/cluster.mapper.js';
import { presentServiceAccount, presentUser } from './iam-v2/iam.presenter.js';
import { presentRoleBinding } from './mds-v2/role-binding.presenter.js';
import { presentEnvironment, presentOrganization } from './org-v2/org.presenter.js';
import { confluentResourcePath } from './paths.js';

const base = 'http://localhost:8080';
const stamps = { createdAt: new Date('2026-01-02T03:04:05.006Z'), updatedAt: new Date('2026-02-03T04:05:06.007Z') };
const stamped = { created_at: '2026-01-02T03:04:05.006Z', updated_at: '2026-02-03T04:05:06.007Z' };
const org = 'crn://confluent.cloud/organization=11111111-1111-4111-8111-111111111111';
const organizationId = '11111111-1111-4111-8111-111111111111';

const cluster = {
  ...stamps, id: 'lkc-1', organizationId, environmentId: 'env-1', displayName: 'orders', availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'us-east-2', config: { kind: 'Basic' },
  flushMode: 'ack', engine: { engine: 'machine', version: null, brokers: 1, controllers: 0, heapMb: null, configs: {} }, isPaused: false, diskLimitBytes: null, deletionProtection: false, kafkaClusterId: 'abc', phase: 'PROVISIONED', failureReason: null, generation: 1, observedGeneration: 1,
  bootstrapEndpoint: 'localhost:20000', brokers: [],
} as unknown as Cluster;

describe('org/v2', () => {
  it('presents an organization', () => {
    expect(presentOrganization({ ...stamps, id: organizationId, displayName: 'Acme', jitEnabled: false } as Organization, base)).toEqual({
      api_version: 'org/v2', kind: 'Organization', id: organizationId, display_name: 'Acme', jit_enabled: false,
      metadata: { self: `${base}/org/v2/organizations/${organizationId}`, resource_name: org, ...stamped },
    });
  });
  it('presents an environment without a schema registry', () => {
    expect(presentEnvironment({ ...stamps, id: 'env-1', organizationId, displayName: 'production' } as Environment, base)).toEqual({
      api_version: 'org/v2', kind: 'Environment', id: 'env-1', display_name: 'production', stream_governance_config: null,
      metadata: { self: `${base}/org/v2/environments/env-1`, resource_name: `${org}/environment=env-1`, ...stamped },
    });
  });
});

describe('iam/v2', () => {
  it('presents a user and a service account', () => {
    expect(presentUser({ ...stamps, id: 'u-1', organizationId, email: 'a@b.c', fullName: 'A', authType: 'AUTH_TYPE_LOCAL' } as User, base)).toMatchObject({
      kind: 'User', id: 'u-1', email: 'a@b.c', full_name: 'A', auth_type: 'AUTH_TYPE_LOCAL', metadata: { self: `${base}/iam/v2/users/u-1`, resource_name: `${org}/user=u-1` },
    });
    expect(presentServiceAccount({ ...stamps, id: 'sa-1', organizationId, displayName: 'app', description: '' } as ServiceAccount, base)).toEqual({
      api_version: 'iam/v2', kind: 'ServiceAccount', id: 'sa-1', display_name: 'app', description: '',
      metadata: { self: `${base}/iam/v2/service-accounts/sa-1`, resource_name: `${org}/service-account=sa-1`, ...stamped },
    });
  });
  it('presents a role binding', () => {
    const binding = { ...stamps, id: 'rb-1', organizationId, principalId: 'sa-1', roleName: 'EnvironmentAdmin', crnPattern: `${org}/environment=env-1` } as RoleBinding;
    expect(presentRoleBinding(binding, base)).toEqual({
      api_version: 'iam/v2', kind: 'RoleBinding', id: 'rb-1', principal: 'User:sa-1', role_name: 'EnvironmentAdmin', crn_pattern: `${org}/environment=env-1`,
      metadata: { self: `${base}/iam/v2/role-bindings/rb-1`, resource_name: `${org}/role-binding=rb-1`, ...stamped },
    });
  });
});

describe('API keys', () => {
  const key = { ...stamps, id: 'KEY', organizationId, ownerId: 'sa-1', displayName: 'k', description: '', resource: { clusterId: 'lkc-1', environmentId: 'env-1' } } as unknown as ApiKey;
  it('names a cluster key\'s resource by the kind and version that clients switch on', () => {
    expect(presentApiKey(key, base).spec).toEqual({
      display_name: 'k', description: '',
      owner: { id: 'sa-1', related: `${base}/iam/v2/service-accounts/sa-1`, resource_name: `${org}/service-account=sa-1`, api_version: 'iam/v2', kind: 'ServiceAccount' },
      resource: {
        id: 'lkc-1', environment: 'env-1', related: `${base}/cmk/v2/clusters/lkc-1`, resource_name: `${org}/environment=env-1/cloud-cluster=lkc-1/kafka=lkc-1`,
        api_version: 'cmk/v2', kind: 'Cluster',
      },
    });
  });
  it('shows a secret only when it is handed one', () => {
    expect(presentApiKey(key, base).spec).not.toHaveProperty('secret');
    expect(presentApiKey(key, base, 's').spec.secret).toBe('s');
  });
  it('names a cloud key\'s resource, and a user as owner', () => {
    expect(presentApiKey({ ...key, ownerId: 'u-1', resource: null } as unknown as ApiKey, base).spec).toMatchObject({
      owner: { id: 'u-1', kind: 'User', api_version: 'iam/v2' }, resource: { id: 'cloud', kind: 'Cloud', api_version: 'iam/v2' },
    });
  });
  it('maps a creation as SDKs send it, with empty texts and nulls for what they leave out', () => {
    expect(toApiKeyInput({ spec: { owner: { id: 'sa-1' }, resource: { id: 'lkc-1', environment: '' } } })).toEqual({ ownerId: 'sa-1', resourceId: 'lkc-1' });
    expect(toApiKeyInput({ spec: { owner: { id: 'sa-1' }, display_name: null as unknown as undefined } })).toEqual({ ownerId: 'sa-1' });
  });
  it('maps changes and filters', () => {
    expect(toApiKeyChange({ spec: { description: '' } })).toEqual({ description: '' });
    expect(toApiKeyFilter({ 'spec.owner': '', 'spec.resource': 'cloud' })).toEqual({ resourceId: 'cloud' });
  });
});

describe('cmk/v2', () => {
  it('presents a cluster whose resource name ends as clients cut it', () => {
    expect(presentCluster(cluster, base)).toEqual({
      api_version: 'cmk/v2', kind: 'Cluster', id: 'lkc-1',
      metadata: { self: `${base}/cmk/v2/clusters/lkc-1`, resource_name: `${org}/environment=env-1/cloud-cluster=lkc-1/kafka=lkc-1`, ...stamped },
      spec: {
        display_name: 'orders', availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'us-east-2', config: { kind: 'Basic', sluice: { engine: 'machine', brokers: 1, controllers: 0, flushMode: 'ack' } },
        kafka_bootstrap_endpoint: 'localhost:20000', http_endpoint: base, deletion_protection: false,
        environment: { id: 'env-1', related: `${base}/org/v2/environments/env-1`, resource_name: `${org}/environment=env-1`, api_version: 'org/v2', kind: 'Environment' },
      },
      status: { phase: 'PROVISIONED' },
    });
  });
  it('leaves the endpoint out until there is one', () => {
    expect(presentCluster({ ...cluster, phase: 'PROVISIONING', bootstrapEndpoint: null }, base).spec).not.toHaveProperty('kafka_bootstrap_endpoint');
  });
  it('tells why a cluster FAILED', () => {
    expect(presentCluster({ ...cluster, phase: 'FAILED', failureReason: 'disk full' }, base).status).toEqual({ phase: 'FAILED', reason: 'disk full' });
  });
  it('shows the size of a Dedicated cluster in spec and status', () => {
    const dedicated = presentCluster({ ...cluster, config: { kind: 'Dedicated', cku: 2 } }, base);
    expect([dedicated.spec.config, dedicated.status]).toEqual([{ kind: 'Dedicated', cku: 2, sluice: { engine: 'machine', brokers: 1, controllers: 0, flushMode: 'ack' } }, { phase: 'PROVISIONED', cku: 2 }]);
  });
  it('never shows a cluster that is going away', () => {
    expect(() => presentCluster({ ...cluster, phase: 'DELETING' }, base)).toThrow('going away');
  });
  it('maps a creation with only what was sent', () => {
    const spec = { display_name: 'orders', cloud: 'AWS', region: 'here', environment: { id: 'env-1' } };
    expect(toClusterInput({ spec })).toEqual({ environmentId: 'env-1', displayName: 'orders', cloud: 'AWS', region: 'here' });
    expect(toClusterInput({ spec: { ...spec, availability: '', config: { kind: 'Dedicated', cku: 2, sluice: { flushMode: 'os', diskLimitBytes: 7 } }, deletion_protection: false } })).toEqual({
      environmentId: 'env-1', displayName: 'orders', cloud: 'AWS', region: 'here', config: { kind: 'Dedicated', cku: 2 }, deletionProtection: false, sluice: { flushMode: 'os', diskLimitBytes: 7 },
    });
  });
  it('takes and shows what is wanted of the engine; empty texts are left out', () => {
    const sluice = { engine: 'machine', version: '2', brokers: 3, controllers: 0, heapMb: 512, configs: { 'log.retention.hours': '1' }, flushMode: '' };
    const { flushMode: _none, ...wanted } = sluice;
    expect(toClusterInput({ spec: { display_name: 'x', cloud: 'AWS', region: 'here', environment: { id: 'env-1' }, config: { sluice } } }).sluice).toEqual(wanted);
    const shown = presentCluster({ ...cluster, engine: { ...wanted } }, base).spec.config.sluice;
    expect(shown).toEqual({ ...wanted, flushMode: 'ack' });
  });
  it('merges an update: nothing sent, nothing changed', () => {
    expect(toClusterChange({ spec: { environment: { id: 'env-1' }, config: {} } })).toEqual({});
    expect(toClusterChange({ spec: { environment: { id: 'env-1' }, config: { sluice: { flushMode: 'os' } } } })).toEqual({ sluice: { flushMode: 'os' } });
    expect(toClusterChange({ spec: { environment: { id: 'env-1' }, config: { sluice: { diskLimitBytes: 0 } } } })).toEqual({ sluice: { diskLimitBytes: 0 } });
    expect(() => toClusterChange({ spec: { environment: { id: 'env-1' }, config: { cku: 2 } } })).toThrow(expect.objectContaining({ status: 422 }));
  });
  it('reads the filter on deletion protection', () => {
    expect(['true', 'false', '', undefined].map(toDeletionProtectionFilter)).toEqual([true, false, undefined, undefined]);
    expect(() => toDeletionProtectionFilter('yes')).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('paths', () => {
  it.each([['env-1', '/org/v2/environments/env-1'], ['lkc-1', '/cmk/v2/clusters/lkc-1'], ['sa-1', '/iam/v2/service-accounts/sa-1'], ['rb-1', '/iam/v2/role-bindings/rb-1'], ['op-1', null], ['KEY', null]])('%s is at %s', (id, path) => {
    expect(confluentResourcePath(id)).toBe(path);
  });
});
