type Examples = Record<string, { summary: string; value: Record<string, unknown> }>;

export const reassignExamples: Examples = {
  move: { summary: 'Move a partition, broker 2 to lead it', value: { partitions: [{ topic_name: 'orders', partition_id: 0, replicas: [2, 3, 1] }] } },
  end: { summary: 'End a move under way', value: { partitions: [{ topic_name: 'orders', partition_id: 0, replicas: null }] } },
};

export const electLeadersExamples: Examples = {
  all: { summary: 'Every partition back to its preferred leader', value: { election: 'preferred' } },
  one: { summary: 'One partition', value: { election: 'preferred', partitions: [{ topic_name: 'orders', partition_id: 0 }] } },
};
