import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, comment, keyOf, opening, SECRET_PLACEHOLDER, secretInFile, text, type ClientConfigInput, type ClientConfigWriter } from './client-config.js';

const CA_FILE = 'sluice-ca.pem';
const hash = (lines: readonly string[]): string[] => comment('#', lines);
const fetchAuthority = ({ caUrl }: ClientConfigInput): string => `curl -fsS -o ${CA_FILE} ${caUrl}`;

/** `name=value` lines. A line can't hold a line break, and kcat reads 511 bytes of one: the CA is a file. */
function properties(title: string, input: ClientConfigInput, moreTls: readonly string[]): string {
  return text(
    hash([...opening(title, input), ...secretInFile]),
    [`bootstrap.servers=${input.bootstrapEndpoint}`],
    [...hash([...aboutTls, `Fetch the authority once, into the directory that the program runs in: ${fetchAuthority(input)}`]),
      'security.protocol=SASL_SSL', `ssl.ca.location=${CA_FILE}`, ...moreTls],
    [...hash(aboutLogin(input.mechanism)), `sasl.mechanisms=${input.mechanism}`, `sasl.username=${keyOf(input)}`, `sasl.password=${SECRET_PLACEHOLDER}`],
    [...hash(aboutProducing), 'acks=all', 'enable.idempotence=true'],
    [...hash(aboutConsuming), 'auto.offset.reset=earliest'],
  );
}

/** For rd_kafka_conf_set, line by line, as the examples of librdkafka and of its bindings read such files. */
export const librdkafkaConfig: ClientConfigWriter = (input) => {
  const title = 'librdkafka';
  return {
    filename: 'librdkafka.properties', language: 'properties', title, secretFrom: 'file',
    // The default since librdkafka 2.0 only.
    content: properties(title, input, ['ssl.endpoint.identification.algorithm=https']),
    usage: [fetchAuthority(input), 'In a program: set every line that isn\'t a comment by rd_kafka_conf_set(conf, name, value, …), or by what the binding has for it. Consumers add group.id.'],
  };
};

/** kcat passes over ssl.endpoint.identification.algorithm, taking it for Java's. */
export const kcatConfig: ClientConfigWriter = (input) => {
  const title = 'kcat';
  return {
    filename: 'kcat.conf', language: 'properties', title, secretFrom: 'file', content: properties(title, input, []),
    usage: [fetchAuthority(input), 'kcat -F kcat.conf -P -t TOPIC', 'kcat -F kcat.conf -G GROUP TOPIC'],
  };
};
