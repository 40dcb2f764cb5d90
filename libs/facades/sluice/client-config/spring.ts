import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, quoted, SECRET_VARIABLE, secretInEnvironment, text, withCa, type ClientConfigWriter } from './client-config.js';
import { jaas } from './java.js';

/** Spring Boot's own names where it has them; it resolves `${…}` from the environment. */
export const springConfig: ClientConfigWriter = (input) => {
  const title = 'Spring Boot';
  const hash = (lines: readonly string[]): string[] => comment('#', lines);
  const at = (depth: number, lines: readonly string[]): string[] => lines.map((line) => '  '.repeat(depth) + line);
  const content = text([
    ...hash([...opening(title, input), ...secretInEnvironment]),
    'spring:', ...at(1, ['kafka:', ...at(1, [
      `bootstrap-servers: ${quoted(input.bootstrapEndpoint)}`,
      ...hash(aboutTls(input)), 'security:', '  protocol: SASL_SSL',
      ...withCa(input.caPem, (pem) => ['ssl:', '  trust-store-type: PEM', '  trust-store-certificates: |', ...at(2, certificateLines(pem))]),
      ...hash(aboutLogin(input.mechanism)), 'properties:', `  sasl.mechanism: ${input.mechanism}`,
      `  sasl.jaas.config: '${jaas(input.mechanism, keyOf(input), `\${${SECRET_VARIABLE}}`)}'`,
      ...hash(aboutProducing), 'producer:', '  acks: all', '  properties:', '    enable.idempotence: true',
      ...hash([...aboutConsuming, 'The group is named by @KafkaListener(groupId = "GROUP"), or by group-id here.']), 'consumer:', '  auto-offset-reset: earliest',
    ])]),
  ]);
  return {
    filename: 'application.yml', language: 'yaml', title, secretFrom: 'environment', content,
    usage: [`export ${SECRET_VARIABLE}=…`, 'Put it into src/main/resources, with spring-kafka on the class path; or: java -jar APPLICATION.jar --spring.config.additional-location=file:./application.yml'],
  };
};
