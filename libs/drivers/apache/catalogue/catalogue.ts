/** Versions of Apache Kafka that can be had, each with every artifact it is made of and the checksum that the artifact must have. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '#libs/kernel';
import type { ConfigDefinition } from '../broker-configs.js';

/** With KRaft controllers, or with a ZooKeeper ensemble. */
export type KafkaMode = 'kraft' | 'zookeeper';

export interface Artifact { group: string; artifact: string; version: string; bytes: number; sha256: string }

export interface CatalogueVersion {
  version: string;
  scalaVersion: string;
  modes: readonly KafkaMode[];
  javaMin: number;
  /** Versions whose clusters may be brought to this one. */
  upgradesFrom: readonly string[];
  /** That a cluster formatted by this version begins with. */
  metadataVersion: string;
  /** Of the ZooKeeper among the artifacts; null: none is. */
  zookeeperVersion: string | null;
  artifacts: readonly Artifact[];
  /** As the version says itself, so that settings can be judged before it is installed; of those that no tenant may set the name alone is right. */
  definitions: ReadonlyMap<string, ConfigDefinition>;
}

export interface Catalogue {
  /** The default first: the newest. */
  readonly versions: readonly CatalogueVersion[];
  find(version: string): CatalogueVersion | null;
}

export const jarName = ({ artifact, version }: Pick<Artifact, 'artifact' | 'version'>): string => `${artifact}-${version}.jar`;

export function readCatalogue(directory: string = findCatalogue()): Catalogue {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json'));
  const versions = files.map((name) => readVersion(directory, name)).sort((a, b) => compareVersions(b.version, a.version));
  for (const each of versions) invariant(files.includes(`${each.version}.json`) && each.artifacts.length > 0, `the catalogue's file of ${each.version} is not what its name says`);
  return { versions, find: (version) => versions.find((each) => each.version === version) ?? null };
}

function readVersion(directory: string, name: string): CatalogueVersion {
  const version = JSON.parse(readFileSync(join(directory, name), 'utf8')) as CatalogueVersion;
  const { permitted, others } = JSON.parse(readFileSync(join(directory, 'configs', name), 'utf8')) as { permitted: ConfigDefinition[]; others: string[] };
  const unseen = others.map((other): ConfigDefinition => ({ name: other, type: 'string', defaultValue: null, validator: null, updateMode: 'read-only' }));
  return { ...version, definitions: new Map([...permitted, ...unseen].map((each) => [each.name, each])) };
}

/** Number by number; negative when `a` is the older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Data, not code: it stays where the sources are, wherever below them this file was built to. */
function findCatalogue(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, 'libs', 'drivers', 'apache', 'catalogue');
    if (existsSync(candidate) && readdirSync(candidate).some((name) => name.endsWith('.json'))) return candidate;
    invariant(at !== dirname(at), 'the directory libs/drivers/apache/catalogue isn\'t there');
  }
}
