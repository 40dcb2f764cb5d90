/** Bodies that Swagger UI offers. Made from the fields alone they would only validate, and rename what can't be renamed. */
type Examples = Record<string, { summary: string; value: Record<string, unknown> }>;

export const topicCreateExamples: Examples = {
  plain: { summary: 'A topic', value: { topic_name: 'orders', partitions_count: 6 } },
  configured: { summary: 'A topic with configs', value: { topic_name: 'payments', partitions_count: 3, replication_factor: 1, configs: [{ name: 'retention.ms', value: '86400000' }] } },
  checked: { summary: 'Only check', value: { topic_name: 'shipments', partitions_count: 6, validate_only: true } },
};

export const topicUpdateExamples: Examples = {
  more: { summary: 'More partitions', value: { partitions_count: 12 } },
};

export const topicConfigExamples: Examples = {
  alter: { summary: 'Set one, reset another', value: { data: [{ name: 'retention.ms', value: '86400000', operation: 'SET' }, { name: 'max.message.bytes', operation: 'DELETE' }] } },
  checked: { summary: 'Only check', value: { data: [{ name: 'retention.ms', value: '86400000' }], validate_only: true } },
};

export const brokerConfigExamples: Examples = {
  alter: { summary: 'Set one, reset another', value: { data: [{ name: 'log.retention.ms', value: '86400000', operation: 'SET' }, { name: 'message.max.bytes', operation: 'DELETE' }] } },
  checked: { summary: 'Only check', value: { data: [{ name: 'log.retention.ms', value: '86400000' }], validate_only: true } },
};
