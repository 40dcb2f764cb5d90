#!/usr/bin/env node
// Writes docs/reference/limits.md from the engine's *.limits.ts: first those that clients meet, then what the platform keeps, then all. `--check` writes nothing and exits 1 when
// the file differs. Read from the files' text, not by running them: a document can be made before anything is built.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { generateDocument, root } from './generated-document.mjs';

const FOLDERS = ['libs/engine', 'libs/kernel/node'];
const HISTORY = 'libs/control/reconciler/history.limits.ts';

/** What clients meet: limit, setting, what happens one beyond it. Values come from the files below. */
const MET = [
  ['connections of a broker', 'connectionsMax', '`max.connections`', 'closed; a line in the log. Never more than the process may open files, less those that logs need'],
  ['connections of a listener', null, '`listener.name.<name>.max.connections`', 'the same'],
  ['connections of an address', 'connectionsPerAddressMax', '`max.connections.per.ip`, `max.connections.per.ip.overrides`', 'closed; a line in the log'],
  ['connections of a principal', 'connectionsPerPrincipalMax', '`sluice.max.connections.per.principal`', 'closed instead of the login being answered; a line in the log'],
  ['a frame before a login', 'frameBytesBeforeAuthentication', '', 'closed'],
  ['time for a login', 'authenticationTimeoutMs', '', 'closed'],
  ['time for a TLS handshake', 'tlsHandshakeTimeoutMs', '', 'closed'],
  ['a request', 'frameBytesMax', '`socket.request.max.bytes`', 'closed'],
  ['array elements of a request', 'requestElementsMax', '', 'closed'],
  ['memory that a broker plans with', 'memoryBytes', '`sluice.memory.bytes`', 'see below'],
  ['requests in memory', null, '`queued.max.request.bytes`; a quarter of the memory', 'the broker reads no further until there is room'],
  ['answers that clients don\'t take', null, 'an eighth of the memory', 'a Fetch gets one batch; at twice as much, who takes least is closed'],
  ['time to take an answer or send a large request', 'slowPeerMs', '', 'closed, after this and a second for each 64 KiB; sooner when others wait for the memory'],
  ['Produce requests of a connection at work', 'requestsInFlightMax', '', 'the broker reads no further'],
  ['time without a request', 'idleTimeoutMs', '`connections.max.idle.ms`', 'closed'],
  ['failed logins of an address', 'failedLoginFree', '`connection.failed.authentication.delay.ms`', 'each answered after that time, 100 ms; beyond it the time doubles, up to 5 s'],
  ['a batch', null, '`max.message.bytes`', 'MESSAGE_TOO_LARGE'],
  ['what a batch decompresses to, where its records are needed', 'decompressedBatchBytesMax', '', 'MESSAGE_TOO_LARGE, found before it is decompressed'],
  ['partitions of a topic', 'partitionsPerTopicMax', '', 'POLICY_VIOLATION'],
  ['partitions of a cluster', 'partitionsPerClusterMax', '', 'POLICY_VIOLATION'],
  ['records of one change of metadata', 'recordsPerOperationMax', '', 'POLICY_VIOLATION'],
  ['a configuration value', 'configValueBytesMax', '', 'INVALID_CONFIG'],
  ['ACLs', 'aclsMax', '', 'POLICY_VIOLATION'],
  ['groups', 'groupsPerBroker', '', 'POLICY_VIOLATION'],
  ['members of a group', 'membersPerGroup', '`group.max.size`', 'GROUP_MAX_SIZE_REACHED'],
  ['what a member tells of itself', 'memberMetadataBytes', '', 'POLICY_VIOLATION'],
  ['what members of all groups tell and are assigned', null, '`sluice.group.metadata.bytes.max`; an eighth of the memory', 'GROUP_MAX_SIZE_REACHED for who would add to it'],
  ['offsets of a group', 'offsetsPerGroup', '', 'POLICY_VIOLATION'],
  ['memory for committed offsets of all groups', null, '`sluice.offsets.bytes.max`; an eighth of the memory', 'INVALID_COMMIT_OFFSET_SIZE for offsets that would add to it'],
  ['producers that a partition remembers', 'PRODUCERS_PER_PARTITION', '', 'the one that wrote longest ago is forgotten'],
  ['producers that all partitions remember', null, 'an eighth of the memory: 47,662 of 256 MiB', 'the same'],
  ['memory for the keys of one pass of the cleaner', null, '`log.cleaner.dedupe.buffer.size`; at most an eighth of the memory', 'more passes'],
  ['fetch sessions', null, '`max.incremental.fetch.session.cache.slots`', 'no session: each Fetch names its partitions'],
  ['long polls that wait', 'parkedFetchesMax', '', 'answered at once with what there is'],
  ['producers that wait for a partition\'s high watermark', 'commitWaitersMax', '', 'REQUEST_TIMED_OUT; the data stays'],
];

const UNITS = [[/Bytes|BYTES/, (value) => (value >= 1 << 20 && value % (1 << 20) === 0 ? `${value / (1 << 20)} MiB` : value >= 1024 && value % 1024 === 0 ? `${value / 1024} KiB` : `${value} bytes`)],
  [/Ms(Max|Min)?$/, (value) => (value % 60_000 === 0 ? `${value / 60_000} min` : value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`)]];

function shown(name, value) {
  const unit = UNITS.find(([pattern]) => pattern.test(name));
  return unit ? unit[1](value) : value.toLocaleString('en-US');
}

/** Only numbers and what numbers are made with. */
function evaluate(text) {
  const plain = text.replaceAll('_', '');
  if (!/^[\d\s.x*+/<()a-f-]+$/i.test(plain)) return null;
  return Function(`return ${plain}`)();
}

function files(directory) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    return entry.isDirectory() ? files(path) : entry.name.endsWith('.limits.ts') ? [path] : [];
  });
}

function limitsOf(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const found = [];
  let comment = '';
  for (const line of text.split('\n')) {
    const said = /^\s*\/\*\*\s*(.*?)\s*\*\/\s*$/.exec(line) ?? /^\s*\*\s(.*)$/.exec(line);
    const named = /^\s*(?:export const )?(\w+)\s*[:=]\s*([^,;{]+)[,;]\s*(?:\/\/.*)?$/.exec(line);
    if (said) comment = /^\s*\*\s/.test(line) ? `${comment} ${said[1]}`.trim() : said[1];
    else if (/^\s*\/\*\*\s*$/.test(line)) comment = '';
    else if (named) {
      const value = evaluate(named[2]);
      if (value !== null) found.push({ name: named[1], value, comment });
      comment = '';
    } else if (!/^\s*\*\/\s*$/.test(line)) comment = '';
  }
  return found;
}

function limitsDocument() {
  const groups = FOLDERS.flatMap(files).sort().map((path) => ({ path, limits: limitsOf(path) })).filter(({ limits }) => limits.length > 0);
  const all = new Map(groups.flatMap(({ limits }) => limits.map((limit) => [limit.name, limit])));
  const met = MET.map(([what, name, setting, beyond]) => {
    if (name !== null && !all.has(name)) throw new Error(`no limit is named ${name}`);
    return `| ${what} | ${name === null ? '' : shown(name, all.get(name).value)} | ${setting} | ${beyond} |`;
  });
  const table = (limits) => `| limit | value | |
|---|---:|---|
${limits.map(({ name, value, comment }) => `| \`${name}\` | ${shown(name, value)} | ${comment.replaceAll('|', '\\|')} |`).join('\n')}`;
  const sections = groups.map(({ path, limits }) => `### [${path.replace(/^libs\//, '')}](${relative('docs/reference', path)})\n\n${table(limits)}`);
  return `<!-- Generated by tools/docs/limits.mjs from the engine's *.limits.ts. Do not edit: npm run generate. -->
# Limits of a broker

Everything that a client can make a broker keep, wait for or compute has a bound. One beyond it, the client gets Kafka's error or its connection is closed, and
the others go on. Limits with a setting of Kafka's can be changed by it, those of connections while the broker runs.

| | limit | setting | beyond it |
|---|---:|---|---|
${met.join('\n')}

A broker plans with \`sluice.memory.bytes\`, whatever the machine has: requests in memory, answers that wait, what members of groups tell, committed
offsets and what is remembered of producers are bounded by parts of it. Its other state (topics, connections) comes on top of these. TLS handshakes begin one by one while the broker has time left, each address in its turn: a crowd waits, those who are in don't.
Lines of the log about refused clients are written a few a second; each says how many were left out.

## What the platform keeps

Operations and the record of who changed what (the table \`audit_event\`) are taken away when they are old, of all organizations alike. An operation that has been taken away isn't found any more; one that
runs is never taken away, nor any while a deleted cluster has something left on the machine.

${table(limitsOf(HISTORY))}

## All of them, of a broker

${sections.join('\n\n')}
`;
}

generateDocument('limits', 'docs/reference/limits.md', limitsDocument());
