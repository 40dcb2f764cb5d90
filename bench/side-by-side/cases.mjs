// The cases, as data. A name says all of it: what, size of records, batches, partitions, listener, and `-fsync` where both sides sync before they answer.

const RECORDS = { '100b': 100, '1k': 1024 };
/** null: the Java producer's own 16 KiB. */
const BATCHES = { default: null, '128k': 128 * 1024 };
const PARTITIONS = [1, 6];
const LISTENERS = ['plaintext', 'sasl_ssl'];
const FLUSHES = ['os', 'fsync'];

/** Bytes of one run: seconds on either side. */
const RUN_BYTES = { os: { '100b': 120e6, '1k': 320e6 }, fsync: { '100b': 25e6, '1k': 100e6 } };
const PRELOADED_BYTES = { '100b': 400e6, '1k': 800e6 };

const suffix = (flush) => (flush === 'fsync' ? '-fsync' : '');
const countOf = (bytes, recordBytes) => Math.ceil(bytes / recordBytes);

function* product(...lists) {
  if (lists.length === 0) { yield []; return; }
  for (const first of lists[0]) for (const rest of product(...lists.slice(1))) yield [first, ...rest];
}

const produce = [...product(FLUSHES, LISTENERS, Object.keys(RECORDS), Object.keys(BATCHES), PARTITIONS)].map(([flush, listener, size, batch, partitions]) => ({
  name: `produce-${size}-${batch}-${partitions}p-${listener}${suffix(flush)}`, kind: 'produce', flush, listener, partitions,
  recordBytes: RECORDS[size], records: countOf(RUN_BYTES[flush][size], RECORDS[size]), batchBytes: BATCHES[batch],
}));

const consume = [...product(['consume-start', 'consume-tail'], LISTENERS, Object.keys(RECORDS), PARTITIONS)].map(([kind, listener, size, partitions]) => ({
  name: `${kind}-${size}-${partitions}p-${listener}`, kind, flush: 'os', listener, partitions, recordBytes: RECORDS[size],
  records: countOf((kind === 'consume-start' ? PRELOADED_BYTES : RUN_BYTES.os)[size], RECORDS[size]), batchBytes: BATCHES['128k'],
}));

const endToEnd = [...product(FLUSHES, LISTENERS, [1_000, 5_000])].map(([flush, listener, perSecond]) => ({
  name: `e2e-${perSecond}rps-100b-6p-${listener}${suffix(flush)}`, kind: 'e2e', flush, listener, partitions: 6, recordBytes: 100, perSecond, seconds: 5,
}));

const others = [
  { name: 'start', kind: 'start', flush: 'os', listener: 'plaintext' },
  { name: 'topics-1000', kind: 'topics', flush: 'os', listener: 'plaintext', count: 1_000 },
  { name: 'connections-2000', kind: 'connections', flush: 'os', listener: 'plaintext', count: 2_000 },
];

export const CASES = [...produce, ...consume, ...endToEnd, ...others];

/** What `npm run bench` runs without `--full`. */
const SHORT = [
  'produce-100b-default-6p-plaintext', 'produce-1k-128k-6p-plaintext', 'produce-1k-128k-6p-sasl_ssl', 'produce-1k-128k-6p-plaintext-fsync',
  'consume-start-1k-6p-plaintext', 'consume-tail-1k-6p-plaintext', 'consume-tail-1k-6p-sasl_ssl', 'e2e-1000rps-100b-6p-plaintext',
];

export function choose({ full = false, pattern = null }) {
  if (pattern !== null) return CASES.filter(({ name }) => pattern.test(name));
  return full ? CASES : CASES.filter(({ name }) => SHORT.includes(name));
}

/** What a run is worth in words, for the heading of the report. */
export function describe({ kind, recordBytes, records, batchBytes, perSecond, seconds }) {
  const bytes = records === undefined ? '' : `${Math.round(records * recordBytes / 1e6)} MB of ${recordBytes} B, ${batchBytes === null ? 'default batches' : `${batchBytes / 1024} KiB batches`}`;
  return kind === 'e2e' ? `${perSecond} records/s of ${recordBytes} B for ${seconds} s` : bytes;
}
