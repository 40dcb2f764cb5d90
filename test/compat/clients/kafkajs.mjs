import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';

const { CompressionTypes, Kafka, logLevel } = kafkajs;
const TYPES = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP };
const SESSION = { sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 1_000 };

const connect = ({ bootstrap, key, caFile, mechanism }) => new Kafka({
  clientId: 'sluice-compat', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 3, initialRetryTime: 100 },
  ssl: { ca: [readFileSync(caFile, 'utf8')] }, sasl: { mechanism: mechanism.toLowerCase(), username: key.apiKey, password: key.apiSecret },
});

export const kafkaJs = {
  name: 'kafkajs', codecs: ['none', 'gzip'], unavailable: () => null,
  async produce(target, { topic, codec, records }) {
    const producer = connect(target).producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      for (let from = 0; from < records.length; from += 500) await producer.send({ topic, compression: TYPES[codec], messages: records.slice(from, from + 500) });
    } finally {
      await producer.disconnect();
    }
  },
  async consume(target, { topic, group, count }) {
    const consumer = connect(target).consumer({ groupId: group, ...SESSION });
    const found = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`kafkajs read ${found.length} of ${count}`)), 60_000);
        consumer.on(consumer.events.CRASH, ({ payload }) => { clearTimeout(timer); reject(payload.error); });
        consumer.run({
          eachMessage: async ({ partition, message }) => {
            found.push({ partition, offset: Number(message.offset), value: message.value.toString() });
            if (found.length === count) { clearTimeout(timer); resolve(); }
          },
        }).catch(reject);
      });
      const ends = new Map(found.map((record) => [record.partition, record.offset + 1]));
      await consumer.commitOffsets([...ends].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })));
    } finally {
      await consumer.disconnect();
    }
    return found;
  },
  async refused(target, { topic, group }) {
    const producer = connect(target).producer({ retry: { retries: 0 } });
    await producer.connect();
    const write = await producer.send({ topic, messages: [{ value: 'x' }] }).then(() => 'written', (error) => `${error.type ?? ''} ${error.message}`);
    await producer.disconnect();
    const consumer = connect(target).consumer({ groupId: group, ...SESSION, retry: { retries: 0 } });
    await consumer.connect();
    const read = await new Promise((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(`${payload.error.type ?? ''} ${payload.error.message} ${payload.error.cause?.type ?? ''}`));
      consumer.subscribe({ topics: [topic], fromBeginning: true }).then(() => consumer.run({ eachMessage: async () => resolve('read') })).catch((error) => resolve(`${error.type ?? ''} ${error.message}`));
    });
    await consumer.disconnect().catch(() => undefined);
    return { write, read };
  },
  codes: { write: /TOPIC_AUTHORIZATION_FAILED|not authorized to access topics/i, read: /TOPIC_AUTHORIZATION_FAILED|not authorized to access topics/i },
};
