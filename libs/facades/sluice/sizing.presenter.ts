import { sizingFieldName, type EngineFit, type Sizing, type SizingInput } from '#libs/control/application';
import { SLUICE_V1 } from './paths.js';
import type { SizingDto, SizingInputDto } from './sizing.dto.js';

const MS_PER_HOUR = 3_600_000;

/** Null means absent, as in every optional field. */
export function toSizingInput({ environment_id: _environment, display_name: _name, ...fields }: SizingInputDto): SizingInput {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()), value]));
}

function clusterBody(fit: EngineFit, { needs, workload }: Sizing, { environment_id, display_name }: SizingInputDto): Record<string, unknown> {
  const isSpread = needs.brokers >= 3;
  return {
    spec: {
      display_name: display_name ?? `sized-${workload.profile}`, availability: isSpread ? 'MULTI_ZONE' : 'SINGLE_ZONE', cloud: 'AWS', region: fit.region,
      config: { kind: isSpread ? 'Standard' : 'Basic', sluice: { engine: fit.engine, brokers: needs.brokers, ...(fit.heapMb === null ? {} : { heapMb: fit.heapMb }) } },
      environment: { id: environment_id ?? 'env-…' },
    },
  };
}

function topicBody({ needs, workload }: Sizing): Record<string, unknown> {
  const configs = [
    { name: 'retention.ms', value: String(Math.round(workload.retentionHours * MS_PER_HOUR)) },
    ...(workload.replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
  ];
  return { topic_name: 'orders', partitions_count: needs.partitionsPerTopic, replication_factor: workload.replicationFactor, configs };
}

/** Of the caller's two ways to say a rate, either is the answer to what the workload's fields ask. */
const saidAs: Record<string, readonly (keyof SizingInput)[]> = { averageMibPerS: ['averageMibPerS', 'averageRecordsPerS'], peakMibPerS: ['peakMibPerS', 'peakRecordsPerS'] };

export function presentSizing(sizing: Sizing, input: SizingInputDto): SizingDto {
  const { needs, engines } = sizing;
  const { given, brokersMin: _brokersMin, ...workload } = sizing.workload;
  const fit = engines.find((engine) => engine.obstacles.length === 0);
  const fields = Object.entries(workload).filter(([, value]) => value !== null);
  return {
    api_version: SLUICE_V1, kind: 'Sizing',
    workload: Object.fromEntries(fields.map(([name, value]) => [sizingFieldName(name), value])),
    assumed: fields.map(([name]) => name).filter((name) => !(saidAs[name] ?? [name as keyof SizingInput]).some((each) => given.has(each))).map(sizingFieldName),
    result: {
      partitions_per_topic: needs.partitionsPerTopic, partitions: needs.partitions, brokers: needs.brokers, brokers_decided_by: needs.brokersDecidedBy, heap_mib_per_broker: needs.heapMib,
      memory_mib_per_broker: needs.memoryMib, disk_gib_per_broker: needs.diskGib, cpu_cores_per_broker: needs.cpuCores,
      network_in_mib_per_s_per_broker: needs.networkInMibPerS, network_out_mib_per_s_per_broker: needs.networkOutMibPerS,
    },
    engines: engines.map(({ engine, title, region, obstacles }) => ({ engine, title, region, fits: obstacles.length === 0, obstacles: [...obstacles] })),
    bodies: { cluster: fit ? clusterBody(fit, sizing, input) : null, topic: fit ? topicBody(sizing) : null },
    figures: needs.figures.map((figure) => ({ ...figure, inputs: { ...figure.inputs }, sources: figure.sources.map((source) => ({ ...source })) })),
  };
}
