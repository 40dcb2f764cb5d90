/** Topic configs of Apache Kafka 4.3.1: name | type | default | valid values | what it is. A dash is an empty cell. */
export const TOPIC_CONFIGS = `
cleanup.policy | LIST | [delete] | [compact, delete] | What happens to old segments: delete drops them by age or size, compact keeps the last record of each key; both may be given.
compression.gzip.level | INT | -1 | [1,...,9] or -1 | Level at which batches are compressed again when compression.type is gzip and a producer's differ; -1 is the codec's own default.
compression.lz4.level | INT | 9 | [1,...,17] | Compression level when compression.type is lz4. Checked and kept: LZ4 is written at one level here, a fast one.
compression.type | STRING | producer | [uncompressed, zstd, lz4, snappy, gzip, producer] | Codec in which batches are stored; 'producer' keeps what the producer chose.
compression.zstd.level | INT | 3 | [-131072,...,22] | Level at which batches are compressed again when compression.type is zstd and a producer's differ. High ones take the broker's time.
delete.retention.ms | LONG | 86400000 | [0,...] | How long delete markers stay in a compacted topic, so that a consumer that started from offset 0 sees them.
file.delete.delay.ms | LONG | 60000 | [0,...] | How long a deleted file stays before it is removed from the disk.
flush.messages | LONG | 9223372036854775807 | [1,...] | Number of records after which the log is synced to disk, before they are answered. In flush mode os; in mode ack the log is synced all the time, before acks=all is answered and before anything is read.
flush.ms | LONG | 9223372036854775807 | [0,...] | Time after which what was appended is synced to disk. In flush mode os; in mode ack the log is synced all the time.
follower.replication.throttled.replicas | LIST | [] | [partitionId]:[brokerId],[partitionId]:[brokerId],... | Replicas whose replication is throttled on the follower side, as partition:broker pairs, or * for all.
index.interval.bytes | INT | 4096 | [0,...] | Bytes between two entries of the offset index.
leader.replication.throttled.replicas | LIST | [] | [partitionId]:[brokerId],[partitionId]:[brokerId],... | Replicas whose replication is throttled on the leader side, as partition:broker pairs, or * for all.
local.retention.bytes | LONG | -2 | [-2,...] | Size of local segments of a partition with remote storage; -2 is that of retention.bytes.
local.retention.ms | LONG | -2 | [-2,...] | Age of local segments of a partition with remote storage; -2 is that of retention.ms.
max.compaction.lag.ms | LONG | 9223372036854775807 | [1,...] | Longest time that a record may stay uncompacted.
max.message.bytes | INT | 1048588 | [0,...] | Largest record batch (after compression) that is accepted, in bytes.
message.timestamp.after.max.ms | LONG | 3600000 | [0,...] | How far the timestamp of a record may lie ahead of the broker's clock.
message.timestamp.before.max.ms | LONG | 9223372036854775807 | [0,...] | How far the timestamp of a record may lie behind the broker's clock.
message.timestamp.type | STRING | CreateTime | [CreateTime, LogAppendTime] | Whether a record keeps its creation time or gets the time of its append.
min.cleanable.dirty.ratio | DOUBLE | 0.5 | [0,...,1] | Share of the log that must be uncompacted before it is compacted.
min.compaction.lag.ms | LONG | 0 | [0,...] | Shortest time that a record stays uncompacted.
min.insync.replicas | INT | 1 | [1,...] | Number of in-sync replicas that acks=all needs.
preallocate | BOOLEAN | false | - | Whether the file of a new segment gets its full length at once. Checked and kept: files grow as they are written.
remote.log.copy.disable | BOOLEAN | false | - | Whether a topic with remote storage stops copying to it.
remote.log.delete.on.disable | BOOLEAN | false | - | Whether remote data goes when remote storage is turned off.
remote.storage.enable | BOOLEAN | false | - | Whether the topic uses remote storage.
retention.bytes | LONG | -1 | - | Largest size of a partition before old segments are deleted; -1 is no limit.
retention.ms | LONG | 604800000 | [-1,...] | Age after which segments are deleted; -1 is never.
segment.bytes | INT | 1073741824 | [1048576,...] | Size at which a new segment begins.
segment.index.bytes | INT | 10485760 | [4,...] | Size of a segment's offset index.
segment.jitter.ms | LONG | 0 | [0,...] | Random time taken off segment.ms, so that segments don't all roll at once.
segment.ms | LONG | 604800000 | [1,...] | Age at which a new segment begins even if it isn't full.
unclean.leader.election.enable | BOOLEAN | false | - | Whether a replica outside the in-sync set may become leader, at the loss of records.
`;
