import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, SECRET_VARIABLE, text, withCa, type ClientConfigWriter, type SaslMechanism } from './client-config.js';

const modules: Record<SaslMechanism, string> = { 'PLAIN': 'plain.PlainLoginModule', 'SCRAM-SHA-256': 'scram.ScramLoginModule', 'SCRAM-SHA-512': 'scram.ScramLoginModule' };

/** As in a JAAS configuration, `secret` being what the client puts the secret for. Ids and secrets of the platform are letters, digits, `_`: nothing to escape. */
export const jaas = (mechanism: SaslMechanism, key: string, secret: string): string => `org.apache.kafka.common.security.${modules[mechanism]} required username="${key}" password="${secret}";`;

/** Properties of java.util: a backslash goes on with the value on the next line, whose leading spaces don't count; `\n` is a line break. */
export const javaConfig: ClientConfigWriter = (input) => {
  const title = 'Apache Kafka\'s Java client and command-line tools';
  const hash = (lines: readonly string[]): string[] => comment('#', lines);
  const content = text(
    hash([...opening(title, input), `The secret is not in here: the client reads it from the environment variable ${SECRET_VARIABLE}. That takes kafka-clients 3.5 or later; for an`,
      `earlier one write the secret in place of \${env:${SECRET_VARIABLE}} and leave out the three lines of config.providers.`]),
    [`bootstrap.servers=${input.bootstrapEndpoint}`],
    [...hash(aboutTls(input)), 'security.protocol=SASL_SSL', ...withCa(input.caPem, (pem) => ['ssl.truststore.type=PEM', `ssl.truststore.certificates=${certificateLines(pem).join('\\n\\\n  ')}`])],
    [...hash(aboutLogin(input.mechanism)), `sasl.mechanism=${input.mechanism}`,
      'config.providers=env', 'config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider', `config.providers.env.param.allowlist.pattern=${SECRET_VARIABLE}`,
      `sasl.jaas.config=${jaas(input.mechanism, keyOf(input), `\${env:${SECRET_VARIABLE}}`)}`],
    [...hash(aboutProducing), 'acks=all', 'enable.idempotence=true'],
    [...hash(aboutConsuming), 'auto.offset.reset=earliest'],
  );
  return {
    filename: 'client.properties', language: 'properties', title, secretFrom: 'environment', content,
    usage: [
      `export ${SECRET_VARIABLE}=…`,
      `kafka-console-producer.sh --bootstrap-server ${input.bootstrapEndpoint} --command-config client.properties --topic TOPIC`,
      `kafka-console-consumer.sh --bootstrap-server ${input.bootstrapEndpoint} --command-config client.properties --topic TOPIC --group GROUP`,
      'In a program: Properties.load(…) it, add serializers or deserializers and group.id.',
    ],
  };
};
