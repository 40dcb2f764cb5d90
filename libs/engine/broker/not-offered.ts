/**
 * Settings of Kafka's that a broker must not pass over: they keep something out, or say where something is. One that has another value than Kafka's
 * default ends the start.
 */
import { brokerConfigDefinitions } from '../controller/index.js';
import { brokerErrors } from './broker.errors.js';
import { definedKey } from './property-reader.js';

const JAVA = 'a class of Java can\'t be loaded';
const NOT_OFFERED: ReadonlyMap<string, string> = new Map([
  ['alter.config.policy.class.name', JAVA], ['create.topic.policy.class.name', JAVA], ['client.quota.callback.class', JAVA], ['principal.builder.class', JAVA],
  ['sasl.server.callback.handler.class', JAVA], ['ssl.engine.factory.class', JAVA], ['config.providers', JAVA],
  ['ssl.cipher.suites', 'the suites are those of Node.js'],
  ['ssl.principal.mapping.rules', 'the principal of a certificate is its distinguished name'],
  ['metadata.log.dir', 'the log of the metadata is in log.dirs'],
]);

export function checkNotOffered(properties: ReadonlyMap<string, string>): void {
  for (const [key, text] of properties) {
    const name = definedKey(key);
    const reason = NOT_OFFERED.get(name);
    const value = text.trim();
    if (reason === undefined || value === '' || value === brokerConfigDefinitions.get(name)?.defaultValue) continue;
    if (name === 'metadata.log.dir' && value === (properties.get('log.dirs') ?? properties.get('log.dir'))?.trim()) continue;
    throw brokerErrors.badProperty(`${key} is not offered: ${reason}`);
  }
}
