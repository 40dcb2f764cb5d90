import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, quoted, SECRET_VARIABLE, secretInEnvironment, text, withCa, type ClientConfigWriter } from './client-config.js';

/** A module with the settings of Confluent's client, which is librdkafka's: it takes the CA as a text. */
export const pythonConfig: ClientConfigWriter = (input) => {
  const title = 'confluent-kafka for Python';
  const hash = (lines: readonly string[]): string[] => comment('#', lines);
  const inner = (lines: readonly string[]): string[] => hash(lines).map((line) => `    ${line}`);
  const content = text(
    hash([...opening(title, input), ...secretInEnvironment]),
    ['import os'],
    ...(input.caPem === null ? [] : [[...hash(aboutTls(input)), 'CA = """', ...certificateLines(input.caPem), '"""']]),
    ['CONNECTION = {', `    "bootstrap.servers": ${quoted(input.bootstrapEndpoint)},`, ...(input.caPem === null ? inner(aboutTls(input)) : []), '    "security.protocol": "SASL_SSL",', ...withCa(input.caPem, () => ['    "ssl.ca.pem": CA.lstrip(),']), '    "ssl.endpoint.identification.algorithm": "https",',
      ...inner(aboutLogin(input.mechanism)), `    "sasl.mechanisms": ${quoted(input.mechanism)},`, `    "sasl.username": ${quoted(keyOf(input))},`, `    "sasl.password": os.environ["${SECRET_VARIABLE}"],`, '}'],
    [...hash(aboutProducing), 'PRODUCER = {**CONNECTION, "acks": "all", "enable.idempotence": True}'],
    [...hash(aboutConsuming), 'CONSUMER = {**CONNECTION, "auto.offset.reset": "earliest"}'],
  );
  return {
    filename: 'sluice_kafka.py', language: 'python', title, secretFrom: 'environment', content,
    usage: [
      `export ${SECRET_VARIABLE}=…`, 'pip install confluent-kafka', 'from confluent_kafka import Consumer, Producer', 'from sluice_kafka import CONSUMER, PRODUCER',
      'producer = Producer(PRODUCER)', 'consumer = Consumer({**CONSUMER, "group.id": "GROUP"})',
    ],
  };
};
