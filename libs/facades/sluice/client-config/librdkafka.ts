import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, SECRET_PLACEHOLDER, secretInFile, text, withCa, type ClientConfigInput, type ClientConfigWriter } from './client-config.js';

const CA_FILE = 'sluice-ca.pem';
const hash = (lines: readonly string[]): string[] => comment('#', lines);
/** Out of the file itself: what brought that is trusted, while `curl` would have to trust the authority to fetch it from a platform with HTTPS. */
const CA_MARK = '#ca';
const takeAuthority = (filename: string): string => `sed -n 's/^${CA_MARK} //p' ${filename} > ${CA_FILE}`;

/** `name=value` lines. A line can't hold a line break, and kcat reads 511 bytes of one: the client takes the CA from a file. */
function properties(title: string, filename: string, input: ClientConfigInput, moreTls: readonly string[]): string {
  return text(
    hash([...opening(title, input), ...secretInFile]),
    [`bootstrap.servers=${input.bootstrapEndpoint}`],
    [...hash([...aboutTls(input), ...withCa(input.caPem, () => [`Write that authority once into a file where the program runs: ${takeAuthority(filename)}`, ...(input.caUrl === null ? [] : [`(It is ${input.caUrl}.)`])])]),
      ...withCa(input.caPem, (pem) => comment(CA_MARK, certificateLines(pem))), 'security.protocol=SASL_SSL', `ssl.ca.location=${input.caPem === null ? 'probe' : CA_FILE}`, ...moreTls],
    [...hash(aboutLogin(input.mechanism)), `sasl.mechanisms=${input.mechanism}`, `sasl.username=${keyOf(input)}`, `sasl.password=${SECRET_PLACEHOLDER}`],
    [...hash([...aboutProducing, 'Consumers say that they pass over these two.']), 'acks=all', 'enable.idempotence=true'],
    [...hash(aboutConsuming), 'auto.offset.reset=earliest'],
  );
}

/** For rd_kafka_conf_set, line by line, as the examples of librdkafka and of its bindings read such files. */
export const librdkafkaConfig: ClientConfigWriter = (input) => {
  const [title, filename] = ['librdkafka', 'librdkafka.properties'];
  return {
    filename, language: 'properties', title, secretFrom: 'file',
    // The default since librdkafka 2.0 only.
    content: properties(title, filename, input, ['ssl.endpoint.identification.algorithm=https']),
    usage: [...withCa(input.caPem, () => [takeAuthority(filename)]), 'In a program: set every line that isn\'t a comment by rd_kafka_conf_set(conf, name, value, …), or by what the binding has for it. Consumers add group.id.'],
  };
};

/** kcat passes over ssl.endpoint.identification.algorithm, taking it for Java's. */
export const kcatConfig: ClientConfigWriter = (input) => {
  const [title, filename] = ['kcat', 'kcat.conf'];
  return {
    filename, language: 'properties', title, secretFrom: 'file', content: properties(title, filename, input, hash(['Host names are checked by librdkafka 2.0 and later; kcat -V says which it has.'])),
    usage: [...withCa(input.caPem, () => [takeAuthority(filename)]), 'kcat -F kcat.conf -P -t TOPIC', 'kcat -F kcat.conf -G GROUP TOPIC'],
  };
};
