import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, quoted, quotedList, SECRET_VARIABLE, secretInEnvironment, text, withCa, type ClientConfigWriter } from './client-config.js';

/** A module for Node.js. kafkajs has no file of its own for settings. */
export const kafkajsConfig: ClientConfigWriter = (input) => {
  const title = 'kafkajs';
  const slashes = (lines: readonly string[]): string[] => comment('//', lines);
  const content = text(
    slashes([...opening(title, input), ...secretInEnvironment]),
    ['import kafkajs from \'kafkajs\';'],
    [`const secret = process.env.${SECRET_VARIABLE};`, `if (!secret) throw new Error('${SECRET_VARIABLE} is not set');`],
    ...(input.caPem === null ? [] : [[...slashes(aboutTls(input)), 'const ca = `', ...certificateLines(input.caPem), '`;']]),
    [...slashes([...(input.caPem === null ? aboutTls(input) : []), ...aboutLogin(input.mechanism)]), 'export const kafka = new kafkajs.Kafka({', `  brokers: [${quotedList(input.bootstrapEndpoint)}],`, input.caPem === null ? '  ssl: true,' : '  ssl: { ca: [ca] },',
      `  sasl: { mechanism: ${quoted(input.mechanism.toLowerCase())}, username: ${quoted(keyOf(input))}, password: secret },`, '});'],
    [...slashes([...aboutProducing, 'kafkajs waits for all replicas (acks -1) unless told otherwise. One request in flight keeps the order.']), 'export const producerOptions = { idempotent: true, maxInFlightRequests: 1 };'],
    [...slashes(aboutConsuming), 'export const subscribeOptions = { fromBeginning: true };'],
  );
  return {
    filename: 'sluice-kafka.mjs', language: 'javascript', title, secretFrom: 'environment', content,
    usage: [
      `export ${SECRET_VARIABLE}=…`, 'npm install kafkajs', 'import { kafka, producerOptions, subscribeOptions } from \'./sluice-kafka.mjs\';',
      'const producer = kafka.producer(producerOptions);', 'const consumer = kafka.consumer({ groupId: \'GROUP\' });', 'await consumer.subscribe({ topics: [\'TOPIC\'], ...subscribeOptions });',
    ],
  };
};
