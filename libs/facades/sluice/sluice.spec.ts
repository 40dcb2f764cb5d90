import 'reflect-metadata';
import type { Cluster, NewOrganization, Operation } from '#libs/control/application';
import { presentEngine, presentNewOrganization, presentOperation } from './sluice.presenter.js';

const base = 'https://sluice.example';
const stamps = { createdAt: new Date('2026-01-02T03:04:05.006Z'), updatedAt: new Date('2026-01-02T03:04:06.006Z') };

it('presents an operation with its steps', () => {
  const operation = {
    ...stamps, id: 'op-1', organizationId: 'o', resourceId: 'lkc-1', kind: 'cluster.restart', phase: 'SUCCEEDED', reason: null, requestedBy: 'u-1', finishedAt: stamps.updatedAt,
    steps: [{ name: 'stop', phase: 'SUCCEEDED', startedAt: 'a', finishedAt: 'b', reason: null }],
  } as unknown as Operation;
  expect(presentOperation(operation, base)).toEqual({
    api_version: 'sluice/v1', kind: 'Operation', id: 'op-1',
    metadata: { self: `${base}/sluice/v1/operations/op-1`, created_at: '2026-01-02T03:04:05.006Z', updated_at: '2026-01-02T03:04:06.006Z' },
    spec: { operation: 'cluster.restart', resource_id: 'lkc-1', requested_by: 'u-1' },
    status: { phase: 'SUCCEEDED', reason: null, finished_at: '2026-01-02T03:04:06.006Z', steps: [{ name: 'stop', phase: 'SUCCEEDED', started_at: 'a', finished_at: 'b', reason: null }] },
  });
});

it('presents an engine: what its brokers do and why they don\'t', () => {
  const cluster = {
    ...stamps, id: 'lkc-1', organizationId: 'o', environmentId: 'env-1', displayName: 'orders', flushMode: 'os', diskLimitBytes: 7, phase: 'FAILED', failureReason: 'port taken', kafkaClusterId: 'k',
    generation: 2, observedGeneration: 1, bootstrapEndpoint: null,
    brokers: [{ nodeId: 1, ports: { external: 1, internal: 2, controller: 3 }, process: 'failed', bundle: 'abc', restartNeeded: true }],
  } as unknown as Cluster;
  expect(presentEngine(cluster, base)).toMatchObject({
    kind: 'Cluster', spec: { display_name: 'orders', environment_id: 'env-1', flush_mode: 'os', disk_limit_bytes: 7 },
    status: {
      phase: 'FAILED', reason: 'port taken', kafka_cluster_id: 'k', generation: 2, observed_generation: 1, bootstrap_endpoint: null,
      brokers: [{ node_id: 1, ports: { external: 1, internal: 2, controller: 3 }, process: 'failed', bundle: 'abc', restart_needed: true }],
    },
  });
});

it('presents a new organization with its administrator\'s key', () => {
  const made = { organization: { ...stamps, id: 'o', displayName: 'Acme' }, administrator: { id: 'u-1', email: 'a@b.c' }, apiKey: { id: 'KEY' }, secret: 's' } as unknown as NewOrganization;
  expect(presentNewOrganization(made, base)).toMatchObject({
    id: 'o', display_name: 'Acme', administrator: { id: 'u-1', email: 'a@b.c' }, api_key: { id: 'KEY', secret: 's' }, metadata: { self: `${base}/org/v2/organizations/o` },
  });
});
