/** Configuration files for clients of a cluster: one writer a client, each a pure function from what is known to a text. */
import type { ClientConfigFile, ClientConfigInput, ClientConfigWriter, ClientName } from './client-config.js';
import { goConfig } from './go.js';
import { javaConfig } from './java.js';
import { kafkajsConfig } from './kafkajs.js';
import { kcatConfig, librdkafkaConfig } from './librdkafka.js';
import { pythonConfig } from './python.js';
import { springConfig } from './spring.js';

const writers: Record<ClientName, ClientConfigWriter> = {
  java: javaConfig, librdkafka: librdkafkaConfig, kafkajs: kafkajsConfig, python: pythonConfig, go: goConfig, kcat: kcatConfig, spring: springConfig,
};

export const writeClientConfig = (client: ClientName, input: ClientConfigInput): ClientConfigFile => writers[client](input);

export { clientNames, DEFAULT_MECHANISM, KEY_PLACEHOLDER, saslMechanisms, SECRET_PLACEHOLDER, SECRET_VARIABLE, type ClientConfigFile, type ClientConfigInput, type ClientName, type SaslMechanism } from './client-config.js';
