#!/usr/bin/env node
// Pins a version of Apache Kafka anew: resolves `roots` (with all they need at run time) and `alone` (without) of
// libs/drivers/apache/catalogue/<version>.json with Maven, and writes every jar's coordinates, size and SHA-256 into the same file.
// For a new version: copy a catalogue file, change its head, run `node tools/kafka/pin.mjs VERSION`, look at the difference, commit it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { ROOT } from '../lib/config.mjs';
import { fail, Problem, say } from '../lib/terminal.mjs';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';

function pom(roots, alone) {
  const dependency = (coordinates, excluded) => {
    const [group, artifact, version] = coordinates.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${excluded}</dependency>`;
  };
  const none = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>sluice</groupId><artifactId>pin</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${[...roots.map((each) => dependency(each, '')), ...alone.map((each) => dependency(each, none))].join('\n')}</dependencies></project>\n`;
}

/** Jars laid out as group/…/artifact/version/artifact-version.jar. */
function listArtifacts(directory) {
  const jars = readdirSync(directory, { recursive: true }).filter((path) => path.endsWith('.jar'));
  return jars.map((path) => {
    const parts = path.split(sep);
    const [artifact, version, file] = parts.slice(-3);
    if (file !== `${artifact}-${version}.jar`) throw new Problem(`${file} has a classifier: the catalogue has no field for it`);
    const bytes = readFileSync(join(directory, path));
    return { group: parts.slice(0, -3).join('.'), artifact, version, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }).sort((a, b) => (`${a.group}:${a.artifact}` < `${b.group}:${b.artifact}` ? -1 : 1));
}

function main() {
  const version = process.argv[2];
  if (!version) throw new Problem('node tools/kafka/pin.mjs VERSION');
  const path = join(ROOT, 'libs', 'drivers', 'apache', 'catalogue', `${version}.json`);
  const { artifacts: before, ...head } = JSON.parse(readFileSync(path, 'utf8'));
  const directory = mkdtempSync(join(tmpdir(), 'sluice-pin-'));
  try {
    writeFileSync(join(directory, 'pom.xml'), pom(head.roots, head.alone));
    const { status } = spawnSync('mvn', ['-B', '-q', '-f', join(directory, 'pom.xml'), PLUGIN, `-DoutputDirectory=${join(directory, 'libs')}`, '-DincludeScope=runtime', '-Dmdep.useRepositoryLayout=true'], { stdio: 'inherit' });
    if (status !== 0) throw new Problem('Maven could not resolve it, see above');
    const artifacts = listArtifacts(join(directory, 'libs'));
    const known = new Set(before.map((each) => each.sha256));
    const line = (value) => JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "').replaceAll('","', '", "');
    const fields = Object.entries(head).map(([name, value]) => `  "${name}": ${line(value)},\n`).join('');
    writeFileSync(path, `{\n${fields}  "artifacts": [\n${artifacts.map((each) => `    ${line(each)}`).join(',\n')}\n  ]\n}\n`);
    say(`${version}: ${artifacts.length} artifacts, ${(artifacts.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20).toFixed(0)} MiB, ${artifacts.filter(({ sha256 }) => !known.has(sha256)).length} of them new or changed`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  fail(error);
}
