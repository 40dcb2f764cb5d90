import { equal, must, needs } from '../context.mjs';

const HEALED_WITHIN_MS = 180_000;
const view = (context) => context.platform.call('GET', `/sluice/v1/clusters/${context.cluster.id}`);

/** Follows what `related` names, and answers what doesn't lead anywhere. */
async function deadLinks(context, object) {
  const dead = [];
  for (const [name, value] of Object.entries(object)) {
    if (typeof value?.related !== 'string' || name === 'reassignment') continue;
    const { pathname, search } = new URL(value.related);
    const { status } = await context.api('GET', pathname + search);
    if (status !== 200) dead.push(`${name} ${pathname}: ${status}`);
  }
  return dead;
}

export const placement = [
  {
    title: 'cluster: controller, brokers with racks, and links that lead somewhere',
    async run(context) {
      const cluster = await context.ok('GET', '');
      equal(await deadLinks(context, cluster), [], 'dead links of the cluster');
      const brokers = (await context.ok('GET', '/brokers')).data;
      equal(brokers.length, context.brokers, 'brokers');
      for (const broker of brokers) {
        equal(await deadLinks(context, broker), [], `dead links of broker ${broker.broker_id}`);
        must(context.bootstrap.split(',').includes(`${broker.host}:${broker.port}`), `${broker.host}:${broker.port} is not among ${context.bootstrap}`);
      }
      must(context.brokers === 1 || new Set(brokers.map(({ rack }) => rack)).size === context.brokers || !context.capabilities.life_cycle, 'brokers share a rack');
      const topic = await context.topic('linked', { partitions_count: 2 });
      equal(await deadLinks(context, await context.ok('GET', `/topics/${topic}`)), [], 'dead links of a topic');
      for (const partition of (await context.ok('GET', `/topics/${topic}/partitions`)).data) equal(await deadLinks(context, partition), [], 'dead links of a partition');
    },
  },
  {
    title: 'partitions: leader, replicas and ISR are shown, spread over the brokers',
    async run(context) {
      const topic = await context.topic('spread', { partitions_count: 6 });
      const placed = await context.until('leaders', 15_000, async () => { const found = await context.placement(topic); return found.every(({ leader }) => leader !== null) ? found : null; });
      for (const { partition, leader, replicas, isr } of placed) {
        must(replicas.includes(leader), `partition ${partition} is led by ${leader}, which has no replica`);
        equal([replicas.length, isr], [context.replicas, [...replicas].sort()], `replicas and ISR of partition ${partition}`);
      }
      const leaders = new Set(placed.map(({ leader }) => leader)).size;
      must(leaders > 1 || context.brokers === 1, 'one broker leads them all');
      return `${leaders} leaders of ${context.brokers} brokers`;
    },
  },
  {
    title: 'nodes: what runs, where and how it is, in one view for every engine',
    async run(context) {
      const { spec, status } = await context.until('a healthy view', 60_000, async () => {
        const found = await view(context);
        return found.status.health?.under_replicated_partitions === 0 ? found : null;
      }, 500);
      equal([spec.engine.name, status.health.broker_ids.length], [context.offer.name, context.brokers], 'the engine, and its brokers');
      equal([status.is_paused, status.health.offline_partitions + (status.health.under_min_isr_partitions ?? 0), status.problems, status.operations], [false, 0, [], []], 'how it is');
      if (context.capabilities.life_cycle) {
        for (const node of status.brokers) must(node.process === 'ready' && node.pid > 0 && node.memory_bytes > 0 && node.disk_bytes >= 0 && node.disk_free_bytes > 0 && node.bundle, `node ${node.node_id}: ${JSON.stringify(node)}`);
      }
      return `${status.brokers.length || status.health.broker_ids.length} nodes, controller ${status.health.controller_id}${spec.engine.version ? `, version ${spec.engine.version}` : ''}`;
    },
  },
  {
    title: 'metrics: the cluster is up',
    needs: needs.capability('life_cycle'),
    async run(context) {
      const { apiKey, apiSecret } = context.platform.admin;
      const response = await fetch(`${context.platform.baseUrl}/metrics`, { headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}` } });
      const line = (await response.text()).split('\n').find((each) => each.startsWith('sluice_cluster_up{') && each.includes(context.cluster.id));
      must(line?.endsWith(' 1'), `${line ?? 'nothing of it'}`);
    },
  },
  {
    title: 'reassignment: a leader is moved off its broker',
    needs: needs.brokers(2),
    async run(context) {
      const topic = await context.topic('moved');
      const [before] = await context.until('a leader', 15_000, async () => { const found = await context.placement(topic); return found[0].leader !== null ? found : null; });
      const wanted = [...before.replicas.slice(1), before.replicas[0]];
      const partitions = [{ topic_name: topic, partition_id: 0 }];
      const path = `/sluice/v1/clusters/${context.cluster.id}/partitions`;
      equal((await context.platform.call('POST', `${path}:reassign`, { partitions: [{ ...partitions[0], replicas: wanted }] })).refused, 0, 'refused');
      await context.until('the new order', 30_000, async () => (await context.placement(topic))[0].replicas[0] === wanted[0]);
      await context.platform.call('POST', `${path}:elect-leaders`, { partitions });
      await context.until('the new leader', 15_000, async () => (await context.placement(topic))[0].leader === wanted[0]);
      return `from ${before.leader} to ${wanted[0]}`;
    },
  },
  {
    title: 'reassignment: a broker that isn\'t there is refused',
    async run(context) {
      const topic = await context.topic('stays');
      const answer = await context.api('POST', `/sluice/v1/clusters/${context.cluster.id}/partitions:reassign`, { partitions: [{ topic_name: topic, partition_id: 0, replicas: [424242] }] });
      must(answer.status === 400 || (answer.status === 409 && answer.body.errors[0].code === 'not_supported_by_engine'), `${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body.errors[0].detail;
    },
  },
];

/** Comes last: it takes a broker away. */
export const losses = [
  {
    title: 'a broker killed: others lead, the ISR shrinks and grows back, without a human',
    needs: needs.all(needs.brokers(3), needs.capability('life_cycle')),
    async run(context) {
      const topic = await context.topic('survives', { partitions_count: 3 });
      const placed = await context.until('leaders', 15_000, async () => { const found = await context.placement(topic); return found.every(({ leader }) => leader !== null) ? found : null; });
      const victim = placed[0].leader;
      const { pid } = (await view(context)).status.brokers.find((each) => each.node_id === victim);
      const began = performance.now();
      process.kill(pid, 'SIGKILL');
      const moved = await context.until('another leader', 60_000, async () => { const found = await context.placement(topic); return found[0].leader !== null && found[0].leader !== victim ? found : null; });
      const movedMs = Math.round(performance.now() - began);
      must(!moved[0].isr.includes(victim), `the ISR is ${moved[0].isr} while ${victim} is down`);
      await context.until('full ISR', HEALED_WITHIN_MS, async () => (await context.placement(topic)).every(({ isr }) => isr.length === context.replicas), 500);
      return `another leads after ${movedMs} ms, all in sync after ${Math.round(performance.now() - began)} ms`;
    },
  },
  {
    title: 'paused and resumed: records are kept',
    needs: needs.all(needs.keys, needs.capability('life_cycle'), needs.client('kcat')),
    async run(context) {
      const topic = await context.topic('sleeps');
      const { key } = await context.writer(topic);
      await context.client.produce(context.target(key), { topic, codec: 'none', records: [{ key: 'a', value: 'kept' }] });
      const act = async (verb) => {
        const { id } = await context.platform.call('POST', `/sluice/v1/clusters/${context.cluster.id}:${verb}`);
        await context.until(`end of ${verb}`, 180_000, async () => {
          const { status } = await context.platform.call('GET', `/sluice/v1/operations/${id}`);
          must(status.phase !== 'FAILED', `${verb} failed: ${status.reason}`);
          return status.phase === 'SUCCEEDED';
        }, 500);
      };
      await act('pause');
      const asleep = (await view(context)).status;
      equal([asleep.is_paused, asleep.brokers.map(({ pid }) => pid)], [true, asleep.brokers.map(() => null)], 'while it is paused');
      await act('resume');
      const found = await context.client.consume(context.target(key), { topic, group: context.name('early'), count: 1 });
      equal(found.map(({ value }) => value), ['kept'], 'records');
    },
  },
];
