import type { PartitionInCluster, PartitionOutcome, Reassignment } from '#libs/control/application/data-plane';
import type { ElectLeadersDto, PartitionOutcomesDto, ReassignDto } from './partition.dto.js';
import { SLUICE_V1 } from './paths.js';

const toName = ({ topic_name: topic, partition_id: partition }: { topic_name: string; partition_id: number }): PartitionInCluster => ({ topic, partition });

export const toReassignments = ({ partitions }: ReassignDto): Reassignment[] => partitions.map((each) => ({ ...toName(each), replicas: each.replicas ?? null }));

export const toElected = ({ partitions }: ElectLeadersDto): PartitionInCluster[] | null => partitions?.map(toName) ?? null;

export function presentOutcomes(outcomes: readonly PartitionOutcome[]): PartitionOutcomesDto {
  return {
    api_version: SLUICE_V1, kind: 'PartitionOutcomes', refused: outcomes.filter(({ error }) => error !== null).length,
    partitions: outcomes.map(({ topic, partition, error }) => ({ topic_name: topic, partition_id: partition, error: error && { code: error.codeName, message: error.message } })),
  };
}
