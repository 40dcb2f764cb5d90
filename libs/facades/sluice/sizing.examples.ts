type Examples = Record<string, { summary: string; value: Record<string, unknown> }>;

export const sizingExamples: Examples = {
  production: { summary: 'Production: 20 MiB/s, peaks of 50, kept for a week, read twice', value: { profile: 'production', average_mib_per_s: 20, peak_mib_per_s: 50, retention_hours: 168, consumer_groups: 2, consumer_mib_per_s: 5 } },
  development: { summary: 'Development: a thousand records a second, kept for a day', value: { profile: 'development', average_records_per_s: 1_000, record_bytes: 512, retention_hours: 24 } },
  large: { summary: 'Many topics on larger machines', value: { average_mib_per_s: 300, peak_mib_per_s: 800, topics: 50, retention_hours: 72, consumer_groups: 4, compression_ratio: 3, broker_vcpus: 16, disk_per_broker_gib: 8_000 } },
};
