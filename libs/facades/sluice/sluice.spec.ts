import 'reflect-metadata';
import type { Cluster, EngineOffer, NewOrganization, Operation } from '#libs/control/application';
import { presentReport } from './cluster.presenter.js';
import { presentOffer } from './engine.presenter.js';
import { presentNewOrganization, presentOperation } from './sluice.presenter.js';

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
    status: { phase: 'SUCCEEDED', reason: null, finished_at: '2026-01-02T03:04:06.006Z', steps: [{ name: 'stop', phase: 'SUCCEEDED', started_at: 'a', finished_at: 'b', reason: null, progress: null }] },
  });
});

const cluster = {
  ...stamps, id: 'lkc-1', organizationId: 'o', environmentId: 'env-1', displayName: 'orders', flushMode: 'os', diskLimitBytes: 7, phase: 'FAILED', failureReason: 'port taken', kafkaClusterId: 'k', isPaused: false,
  generation: 2, observedGeneration: 1, bootstrapEndpoint: null, engine: { engine: 'machine', version: '2', brokers: 1, controllers: 1, heapMb: 512, configs: { a: 'b' } },
  brokers: [
    { nodeId: 1, roles: ['broker'], rack: 'zone-1', ports: { external: 1, internal: 2, controller: 3 }, process: 'failed', bundle: 'abc', restartNeeded: true },
    { nodeId: 1001, roles: ['controller'], rack: null, ports: { external: 4, internal: 5, controller: 6 }, process: 'ready', bundle: 'abc', restartNeeded: false },
  ],
} as unknown as Cluster;

it('presents what a cluster runs on: what its nodes do and why they don\'t', () => {
  const operation = { ...stamps, id: 'op-1', resourceId: 'lkc-1', kind: 'cluster.scale', phase: 'RUNNING', reason: null, requestedBy: 'u-1', finishedAt: null, steps: [{ name: 'move', phase: 'RUNNING', startedAt: 'a', finishedAt: null, reason: null, progress: '1 of 2' }] } as unknown as Operation;
  const shown = presentReport({
    cluster, problems: [], operations: [operation],
    inspection: { brokers: [{ nodeId: 1001, pid: 5, startedAt: stamps.createdAt, memoryBytes: 6, diskBytes: 7, diskFreeBytes: 8 }], services: [{ name: 'ensemble', nodes: [{ nodeId: 1, state: 'leader', pid: 9, memoryBytes: 10 }] }] },
    health: { brokers: [2], controllerId: 1001, voters: [1001], partitions: 3, underReplicated: 1, underMinIsr: 1, offline: 1, moving: 0, examples: [{ topic: 't', partition: 0, leader: null, replicas: [1], isr: [] }] },
  }, base);
  expect(shown).toMatchObject({
    kind: 'Cluster', spec: { display_name: 'orders', environment_id: 'env-1', flush_mode: 'os', disk_limit_bytes: 7, engine: { name: 'machine', version: '2', brokers: 1, controllers: 1, heap_mb: 512, configs: { a: 'b' } } },
    status: {
      phase: 'FAILED', reason: 'port taken', is_paused: false, kafka_cluster_id: 'k', generation: 2, observed_generation: 1, bootstrap_endpoint: null, problems: [],
      brokers: [
        { node_id: 1, roles: ['broker'], rack: 'zone-1', ports: { external: 1, internal: 2, controller: 3 }, process: 'failed', bundle: 'abc', restart_needed: true, is_registered: false, is_active_controller: false, pid: null, disk_bytes: null },
        { node_id: 1001, roles: ['controller'], is_registered: null, is_active_controller: true, pid: 5, started_at: '2026-01-02T03:04:05.006Z', memory_bytes: 6, disk_bytes: 7, disk_free_bytes: 8 },
      ],
      services: [{ name: 'ensemble', nodes: [{ node_id: 1, state: 'leader', pid: 9, memory_bytes: 10 }] }],
      health: { broker_ids: [2], controller_id: 1001, voter_ids: [1001], partitions: 3, under_replicated_partitions: 1, under_min_isr_partitions: 1, offline_partitions: 1, moving_partitions: 0, examples: [{ topic_name: 't', partition_id: 0, leader: null, replicas: [1], isr: [] }] },
      operations: [{ id: 'op-1', status: { steps: [{ name: 'move', progress: '1 of 2' }] } }],
    },
  });
});

it('says unknown of what could not be asked', () => {
  const { status } = presentReport({ cluster, inspection: null, health: null, problems: ['no answer'], operations: [] }, base);
  expect(status).toMatchObject({ services: null, health: null, problems: ['no answer'], brokers: [{ is_registered: null, is_active_controller: null, pid: null, memory_bytes: null }, { node_id: 1001 }] });
});

it('presents what engines offer, with the regions that stand for them', () => {
  const capabilities = { flushModes: ['os'], brokersPerClusterMax: 5, transactions: true, diskLimit: false, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: false, logDetails: false } as const;
  const offer: EngineOffer = {
    engine: 'machine', title: 'A machine', region: 'x', isProvisioned: true, versions: [{ version: '2', isInstalled: false, upgradesFrom: ['1'] }], brokersMax: 5, controllersMax: 3, heapMb: { min: 1, default: 2, max: 3 },
    takesConfigs: true, flushModes: ['os'], capabilities, problem: 'no fuel',
  };
  const regions = [{ name: 'here', engine: 'machine' }, { name: 'there', engine: 'other' }];
  expect(presentOffer(offer, regions)).toEqual({
    api_version: 'sluice/v1', kind: 'Engine', name: 'machine', title: 'A machine', regions: ['here'], is_provisioned: true, is_available: false, problem: 'no fuel',
    versions: [{ version: '2', is_installed: false, upgrades_from: ['1'] }], limits: { brokers_max: 5, controllers_max: 3, heap_mb: { min: 1, default: 2, max: 3 }, configs_max: 100 }, flush_modes: ['os'],
    capabilities: { life_cycle: true, keys: 'file', naming_policy: true, transactions: true, scram_users: false, disk_limit: false, log_details: false },
  });
  expect(presentOffer({ ...offer, isProvisioned: false, problem: null, takesConfigs: false }, [])).toMatchObject({ is_available: false, regions: [], limits: { configs_max: 0 } });
});

it('presents a new organization with its administrator\'s key', () => {
  const made = { organization: { ...stamps, id: 'o', displayName: 'Acme' }, administrator: { id: 'u-1', email: 'a@b.c' }, apiKey: { id: 'KEY' }, secret: 's' } as unknown as NewOrganization;
  expect(presentNewOrganization(made, base)).toMatchObject({
    id: 'o', display_name: 'Acme', administrator: { id: 'u-1', email: 'a@b.c' }, api_key: { id: 'KEY', secret: 's' }, metadata: { self: `${base}/org/v2/organizations/o` },
  });
});
