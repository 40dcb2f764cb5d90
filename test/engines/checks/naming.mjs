import { fileURLToPath } from 'node:url';
import { python as interpreter } from '../../../tools/clients/install.mjs';
import { mustSucceed, runClient } from '../../compat/clients/process.mjs';
import { equal, must, needs } from '../context.mjs';

const script = fileURLToPath(new URL('../../compat/clients/confluent_names.py', import.meta.url));
const policyPath = (context) => `/sluice/v1/environments/${context.environment.id}/naming-policy`;
const POLICY = { mode: 'enforce', template: '<env>.<service>.<jira>.<type>' };
const FITS = 'dev.pay.jira-1.json';

async function withPolicy(context, work) {
  equal((await context.api('PUT', policyPath(context), POLICY)).status, 200, 'PUT naming-policy');
  try {
    return await work();
  } finally {
    await context.api('DELETE', policyPath(context));
  }
}

export const naming = [
  {
    title: 'naming policy: refuses over HTTP, and takes what fits',
    run: (context) => withPolicy(context, async () => {
      const message = await context.refused([400, 40002], 'POST', '/topics', { topic_name: 'whatever', partitions_count: 1, replication_factor: 1 });
      equal((await context.rest('POST', '/topics', { topic_name: FITS, partitions_count: 1, replication_factor: 1, validate_only: true })).status, 200, 'a name that fits');
      return message.slice(0, 80);
    }),
  },
  {
    title: 'naming policy: binds Kafka clients',
    needs: needs.all(needs.capability('naming_policy'), needs.keys, needs.client('python')),
    run: (context) => withPolicy(context, async () => {
      const maker = await context.subject('maker');
      for (const operation of ['CREATE', 'DESCRIBE']) await context.allow(maker, 'TOPIC', '*', operation);
      const { key } = maker;
      const ask = async () => JSON.parse(mustSucceed('create_topics', await runClient(interpreter, [script], {
        input: JSON.stringify(['whatever', FITS]), env: { BOOTSTRAP: context.bootstrap, API_KEY: key.apiKey, API_SECRET: key.apiSecret, CA_FILE: context.caFile, MECHANISM: context.mechanisms[0] },
      })).stdout);
      // Brokers read the file anew within seconds of its change.
      const answers = await context.until('POLICY_VIOLATION', 15_000, async () => { const found = await ask(); return found.whatever[0] === 'POLICY_VIOLATION' ? found : null; });
      equal(answers[FITS][0], 'NO_ERROR', 'a name that fits');
      must(answers.whatever[1].length > 0, 'no reason is told');
      return answers.whatever[1].slice(0, 80);
    }),
  },
];
