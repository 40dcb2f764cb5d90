// One record there and back, as a tenant would: with a key and a topic of its own, over TLS.
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';

const { Kafka, logLevel } = kafkajs;
let names = 0;

/** Throws when the cluster doesn't take a record, or doesn't give it back. */
export async function exchangeRecord(platform, cluster, environment) {
  const topic = `kept-${++names}`;
  const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await platform.topic(cluster, topic, { partitions_count: 1 });
  const client = new Kafka({
    brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] },
    sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  });
  await write(client, topic, `value of ${topic}`);
  const value = await readFirst(client, topic);
  if (value !== `value of ${topic}`) throw new Error(`${topic} of ${cluster.id} holds "${value}"`);
  await platform.call('DELETE', `/iam/v2/api-keys/${key.apiKey}`);
}

async function write(client, topic, value) {
  const producer = client.producer();
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ value }] });
  } finally {
    await producer.disconnect();
  }
}

async function readFirst(client, topic) {
  const consumer = client.consumer({ groupId: `${topic}-readers` });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing was read from ${topic} within 15 s`)), 15_000);
      consumer.run({ eachMessage: async ({ message }) => { clearTimeout(timer); resolve(message.value.toString()); } }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
