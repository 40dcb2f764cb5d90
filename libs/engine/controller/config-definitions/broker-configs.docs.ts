/** What broker settings do that count here, in our words: name | what it is. Those that stand behind a topic's setting say what that one says. */
export const BROKER_CONFIG_DOCS = `
advertised.listeners | Addresses that clients are told to connect to, by listener; those of listeners unless given.
authorizer.class.name | Who decides what a principal may do: ACLs, and the platform's roles.
auto.create.topics.enable | Whether asking for the metadata of a topic that isn't there makes it, for clients that allow it.
broker.rack | Where the broker stands, for clients that prefer a near one.
connection.failed.authentication.delay.ms | How long the answer to a failed login is held back; longer for an address or an account that goes on failing.
connections.max.idle.ms | A connection that neither asked nor got anything for so long is closed; negative is never.
connections.max.reauth.ms | How long a login counts before the client has to log in again; 0 is for good.
controller.listener.names | Which listeners are the controller's.
controller.quorum.bootstrap.servers | Where the quorum is first looked for.
controller.quota.window.num | Samples over which changes of topics and partitions are counted for quotas.
controller.quota.window.size.seconds | Length of such a sample.
default.replication.factor | Replicas of a topic that doesn't say how many.
delete.topic.enable | Whether topics can be deleted.
fetch.max.bytes | Largest answer to one fetch, in bytes; the first batch is given whole all the same.
group.initial.rebalance.delay.ms | How long a new group waits for more members before it first shares out partitions.
group.max.session.timeout.ms | Longest time that a member of a classic group may choose to stay silent.
group.max.size | Most members of a classic group.
group.min.session.timeout.ms | Shortest time that a member of a classic group may choose to stay silent.
inter.broker.listener.name | The listener of the platform's own connections.
listener.security.protocol.map | How each listener is secured.
listeners | Where the broker listens, by listener.
log.cleaner.backoff.ms | How long the cleaner rests when there is nothing to clean.
log.cleaner.dedupe.buffer.size | Memory for the offsets of the keys of one pass of the cleaner, in bytes; no more than an eighth of what the broker plans with. More keys take more passes.
log.cleaner.enable | Whether compacted topics are cleaned at all.
log.cleaner.io.buffer.load.factor | How full the memory for keys may get, as a share; a fuller one cleans more in a pass and is slower.
log.cleaner.io.max.bytes.per.second | Most bytes that the cleaner reads and writes in a second.
log.dir | Where data is kept, unless log.dirs says.
log.dirs | Where data is kept: one directory.
log.flush.offset.checkpoint.interval.ms | How often it is written down how far each log is on disk for good; recovery begins there.
log.flush.scheduler.interval.ms | How often it is looked for logs that flush.ms wants synced, and flush.ms itself without another; unless given, each is synced when its time is over.
log.flush.start.offset.checkpoint.interval.ms | How often it is written down where each log starts.
log.retention.check.interval.ms | How often old segments are looked for.
max.connection.creation.rate | Most new connections in a second; more wait.
max.connections | Most connections at a time.
max.connections.per.ip | Most connections at a time from one address.
max.connections.per.ip.overrides | Most connections at a time from given addresses: address:count, separated by commas.
max.incremental.fetch.session.cache.slots | Most fetch sessions that are remembered at a time.
max.request.partition.size.limit | Most partitions in one answer about the partitions of topics; a cursor says where the next one begins.
metadata.log.max.record.bytes.between.snapshots | Bytes of changes of the cluster's metadata after which a snapshot of it is made.
metadata.log.max.snapshot.interval.ms | Longest time between a change of the cluster's metadata and a snapshot that has it; 0 is no limit.
node.id | The broker's number.
num.partitions | Partitions of a topic that doesn't say how many.
offset.metadata.max.bytes | Longest text that a consumer may keep with an offset.
offsets.retention.check.interval.ms | How often expired offsets are looked for.
offsets.retention.minutes | How long offsets of a group without members are kept.
offsets.topic.num.partitions | Partitions of the topic that keeps consumers' offsets; settled when it is made.
offsets.topic.replication.factor | Replicas of the topic that keeps consumers' offsets.
offsets.topic.segment.bytes | Size at which a new segment of the offsets topic begins.
process.roles | What this process is: broker and controller.
producer.id.expiration.ms | A producer that was silent for so long is forgotten: what it sends again is no longer known as a duplicate.
queued.max.request.bytes | Memory for large requests that are being received or handled, of all connections together, in bytes; -1 leaves it to the broker.
quota.window.num | Samples over which bytes, requests and connections are counted for quotas.
quota.window.size.seconds | Length of such a sample.
replica.high.watermark.checkpoint.interval.ms | How often the high watermark of each partition is written down.
sasl.enabled.mechanisms | Ways to log in.
socket.request.max.bytes | Largest request, in bytes.
ssl.client.auth | Whether clients must, may or need not show a certificate.
ssl.enabled.protocols | Versions of TLS that clients may speak: TLSv1.2, TLSv1.3 or both.
ssl.keystore.location | File with the private key and the certificates that the broker shows.
ssl.keystore.type | Kind of that file: PEM.
ssl.truststore.location | File with the certificates that clients' are checked against.
ssl.truststore.type | Kind of that file: PEM.
`;
