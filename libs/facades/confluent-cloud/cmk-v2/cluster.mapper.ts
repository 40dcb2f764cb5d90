import {
  environmentCrn, kafkaCrn, type Cluster, type ClusterConfigInput, type ClusterCreateInput, type ClusterUpdateInput,
} from '#libs/control/application';
import { invalidBody, invalidParameter } from '#libs/http';
import { invariant } from '#libs/kernel';
import type { ClusterCreateDto, ClusterDto, ClusterUpdateDto } from './cluster.dto.js';
import { given, presentMetadata, presentReference, sent } from '../envelope.presenter.js';
import { paths } from '../paths.js';

export const CMK_V2 = 'cmk/v2';

type ConfigDto = ClusterCreateDto['spec']['config'];

export function toClusterInput({ spec }: ClusterCreateDto): ClusterCreateInput {
  return sent({
    environmentId: spec.environment.id,
    displayName: spec.display_name,
    cloud: spec.cloud,
    region: spec.region,
    availability: spec.availability || undefined,
    config: toConfig(spec.config),
    deletionProtection: given(spec.deletion_protection),
    sluice: toSluice(spec.config),
  });
}

export function toClusterChange({ spec }: ClusterUpdateDto): ClusterUpdateInput {
  return sent({
    displayName: given(spec.display_name),
    config: toConfig(spec.config),
    deletionProtection: given(spec.deletion_protection),
    sluice: toSluice(spec.config),
    cloud: spec.cloud || undefined,
    region: spec.region || undefined,
    availability: spec.availability || undefined,
  });
}

/** SDKs send empty texts for what they leave out; a `config` without a kind says nothing but what `sluice` says. */
function toConfig(config: ConfigDto): ClusterConfigInput | undefined {
  const cku = given(config?.cku);
  const maxEcku = given(config?.max_ecku);
  if (!config?.kind) {
    if (cku !== undefined || maxEcku !== undefined) throw invalidBody([{ detail: 'kind must be given with cku or max_ecku.', source: { pointer: '/spec/config/kind' } }]);
    return undefined;
  }
  return sent({ kind: config.kind, cku, maxEcku });
}

/** Programs that fill in every text send empty ones for what they leave out, here as elsewhere. */
function toSluice(config: ConfigDto): ClusterCreateInput['sluice'] {
  if (!config?.sluice) return undefined;
  const { engine, version, brokers, controllers, heapMb, configs, flushMode, diskLimitBytes } = config.sluice;
  return sent({
    engine: engine || undefined, version: version || undefined, brokers: given(brokers), controllers: given(controllers), heapMb: given(heapMb), configs: given(configs),
    flushMode: flushMode || undefined, diskLimitBytes: given(diskLimitBytes),
  });
}

export function toDeletionProtectionFilter(text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined;
  if (text !== 'true' && text !== 'false') throw invalidParameter('spec.deletion_protection', 'spec.deletion_protection must be true or false.');
  return text === 'true';
}

export function presentCluster(cluster: Cluster, baseUrl: string): ClusterDto {
  const { id, organizationId, environmentId } = cluster;
  invariant(cluster.phase !== 'DELETING', 'a cluster that is going away is not shown');
  return {
    api_version: CMK_V2, kind: 'Cluster', id,
    // The name must end in /cloud-cluster=…/kafka=…: clients cut it there.
    metadata: presentMetadata(baseUrl, paths.cluster(id), kafkaCrn(organizationId, environmentId, id), cluster),
    spec: presentSpec(cluster, baseUrl),
    status: {
      phase: cluster.phase,
      ...(cluster.config.kind === 'Dedicated' ? { cku: cluster.config.cku } : {}),
      ...(cluster.phase === 'FAILED' && cluster.failureReason !== null ? { reason: cluster.failureReason } : {}),
    },
  };
}

function presentSpec(cluster: Cluster, baseUrl: string): ClusterDto['spec'] {
  const { organizationId, environmentId, bootstrapEndpoint } = cluster;
  return {
    display_name: cluster.displayName, availability: cluster.availability, cloud: cluster.cloud, region: cluster.region,
    config: presentConfig(cluster),
    ...(bootstrapEndpoint === null ? {} : { kafka_bootstrap_endpoint: bootstrapEndpoint }),
    http_endpoint: baseUrl,
    deletion_protection: cluster.deletionProtection,
    environment: presentReference(baseUrl, paths.environment(environmentId), environmentId, environmentCrn(organizationId, environmentId), { apiVersion: 'org/v2', kind: 'Environment' }),
  };
}

/** `kind` tells decoders which shape this is: it is never left out. */
function presentConfig({ config, engine, flushMode, diskLimitBytes }: Cluster): ClusterDto['spec']['config'] {
  const sluice = {
    engine: engine.engine, ...(engine.version === null ? {} : { version: engine.version }), brokers: engine.brokers, controllers: engine.controllers,
    ...(engine.heapMb === null ? {} : { heapMb: engine.heapMb }), ...(Object.keys(engine.configs).length === 0 ? {} : { configs: { ...engine.configs } }),
    flushMode, ...(diskLimitBytes === null ? {} : { diskLimitBytes }),
  };
  if (config.kind === 'Dedicated') return { kind: config.kind, cku: config.cku, sluice };
  return { kind: config.kind, ...(config.maxEcku === undefined ? {} : { max_ecku: config.maxEcku }), sluice };
}
