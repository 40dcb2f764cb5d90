// The limit on a cluster's disk, where an engine declares it.
import { runClient } from '../../compat/clients/process.mjs';
import { equal, must, needs } from '../context.mjs';

const MIB = 1024 * 1024;
/** The least that there may be. */
const LIMIT_BYTES = 16 * MIB;
const RECORD_BYTES = 100_000;
const RECORDS_PER_ROUND = 10;
/** More than the limit, whatever the cluster holds already. */
const ROUNDS_MAX = 2 * LIMIT_BYTES / (RECORD_BYTES * RECORDS_PER_ROUND);
const COUNTS_WITHIN_MS = 30_000;

const kcatSettings = ({ bootstrap, caFile, key, mechanism }) => ['-b', bootstrap, '-X', 'security.protocol=sasl_ssl', '-X', `ssl.ca.location=${caFile}`, '-X', `sasl.mechanisms=${mechanism}`, '-X', `sasl.username=${key.apiKey}`, '-X', `sasl.password=${key.apiSecret}`];

/** As soon as no other change of the cluster is under way. */
async function limitTo(context, diskLimitBytes) {
  const { cluster, environment } = context;
  const change = { spec: { environment: { id: environment.id }, config: { kind: 'Standard', sluice: { diskLimitBytes } } } };
  await context.until(`limit of ${diskLimitBytes} bytes`, COUNTS_WITHIN_MS, async () => {
    const { status, body } = await context.api('PATCH', `/cmk/v2/clusters/${cluster.id}`, change);
    must(status === 200 || body.errors?.[0]?.code === 'operation_in_progress', `PATCH: ${status} ${JSON.stringify(body)}`);
    return status === 200;
  });
}

const pidsOf = async (context) => (await context.platform.call('GET', `/sluice/v1/clusters/${context.cluster.id}`)).status.brokers.map(({ node_id: id, pid }) => `${id} ${pid}`).sort();

export const disk = [
  {
    title: 'disk limit: producers are refused by name beyond it, consumers go on, and a higher one counts without a restart',
    needs: needs.all(needs.capability('disk_limit'), needs.keys, needs.client('kcat')),
    async run(context) {
      const topic = await context.topic('filled');
      const { key } = await context.writer(topic);
      const settings = kcatSettings(context.target(key));
      let written = 0;
      /** Null, or why a record was refused. */
      const produce = async (count) => {
        const input = `${'x'.repeat(RECORD_BYTES)}\n`.repeat(count);
        const { code, stderr } = await runClient('kcat', ['-P', ...settings, '-X', 'message.timeout.ms=30000', '-t', topic], { input, timeoutMs: 60_000 });
        if (code === 0 && !/Delivery failed/.test(stderr)) {
          written += count;
          return null;
        }
        return stderr.trim().split('\n').at(-1);
      };
      const refused = async () => {
        const refusal = await produce(1);
        must(refusal === null || /policy violation/i.test(refusal), `refused as ${refusal}`);
        return refusal !== null;
      };
      const pids = await pidsOf(context);
      try {
        await limitTo(context, LIMIT_BYTES);
        for (let round = 0; round < ROUNDS_MAX && await produce(RECORDS_PER_ROUND) === null; round += 1);
        await context.until('refusal', COUNTS_WITHIN_MS, refused);
        const group = context.name('readers');
        const { data: [{ partition_id: partition }] } = await context.ok('GET', `/topics/${topic}/partitions`);
        equal(partition, 0, 'the partition');
        // A batch of a round that was refused may have been taken.
        const { stdout } = await runClient('kcat', ['-G', group, ...settings, '-X', 'auto.offset.reset=earliest', '-q', '-c', String(written), '-f', '%o\n', topic]);
        equal(stdout.trim().split('\n').length, written, 'records read beyond the limit');
        must((await context.ok('GET', `/consumer-groups/${group}`)).consumer_group_id === group, 'the group isn\'t there');
        await limitTo(context, 16 * LIMIT_BYTES);
        await context.until('producing with a higher limit', COUNTS_WITHIN_MS, async () => !await refused());
        equal(await pidsOf(context), pids, 'processes');
        return `refused after ${(written * RECORD_BYTES / MIB).toFixed(1)} MiB, times ${context.replicas}`;
      } finally {
        await limitTo(context, 0);
      }
    },
  },
];
