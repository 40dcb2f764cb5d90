// kafkajs, with the module that the platform gave: kafkajs-client.mjs FILE produce TOPIC < key:value lines | FILE consume TOPIC GROUP COUNT → "partition offset value" lines
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [file, what, topic, groupId, count] = process.argv.slice(2);
const { kafka, producerOptions, subscribeOptions } = await import(pathToFileURL(file));

async function produce() {
  const messages = (await text(process.stdin)).trim().split('\n').map((line) => ({ key: line.slice(0, line.indexOf(':')), value: line.slice(line.indexOf(':') + 1) }));
  const producer = kafka.producer(producerOptions);
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function consume() {
  const consumer = kafka.consumer({ groupId });
  let found = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], ...subscribeOptions });
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        console.log(`${partition} ${message.offset} ${message.value}`);
        if (++found === Number(count)) resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
}

try {
  await (what === 'produce' ? produce() : consume());
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
