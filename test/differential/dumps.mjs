// Apache Kafka's dump tool over every file of a broker's data directory.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const COMPLAINT = /mismatch|corrupt|isvalid: false|missing offset|Exception|not valid|unknown record type|could not be (read|decoded)|out of order|non-?monotonic/i;

function filesOf(directory) {
  return readdirSync(directory).filter((name) => /^\d{20}.*\.(log|index|timeindex|snapshot|checkpoint)$/.test(name)).map((name) => join(directory, name));
}

const PAYLOAD = { metadata: ['--cluster-metadata-decoder'], offsets: ['--offsets-decoder'], data: ['--print-data-log', '--deep-iteration'] };

function kindOf(directory) {
  if (directory.startsWith('__cluster_metadata')) return 'metadata';
  return directory.startsWith('__consumer_offsets') ? 'offsets' : 'data';
}

/** Files by what decodes them; empty segments of internal topics would only repeat one another and are left out. */
export function dumpPlan(dataDirectory) {
  const plan = { metadata: [], offsets: [], data: [] };
  for (const directory of readdirSync(dataDirectory)) {
    const path = join(dataDirectory, directory);
    if (!/-\d+$/.test(directory) || !statSync(path).isDirectory()) continue;
    const files = filesOf(path);
    if (files.some((file) => file.endsWith('.log') && statSync(file).size > 0) || kindOf(directory) === 'metadata') plan[kindOf(directory)].push(...files);
  }
  return plan;
}

/** One report line for each kind of partition and suffix; `expected` are patterns that a kind's dump must hold. */
export async function checkDumps(tools, report, dataDirectory, expected = {}) {
  const figures = { files: 0, records: 0 };
  for (const [kind, files] of Object.entries(dumpPlan(dataDirectory))) {
    const bySuffix = Map.groupBy ? Map.groupBy(files, suffixOf) : groupBy(files, suffixOf);
    for (const [suffix, group] of bySuffix) {
      const payload = suffix === 'log' || suffix === 'checkpoint' ? PAYLOAD[kind] : [];
      const { code, text } = await tools.run('dump', [...payload, '--files', group.join(',')], { offline: true, timeoutMs: 300_000 });
      const missing = suffix === 'log' ? (expected[kind] ?? []).filter((pattern) => !pattern.test(text)) : [];
      const complaint = text.split('\n').find((line) => COMPLAINT.test(line));
      const records = (text.match(/^\| offset: /gm) ?? []).length;
      figures.files += group.length;
      figures.records += records;
      const ok = code === 0 && !complaint && missing.length === 0 && text.split('\n').filter((line) => line.startsWith('Dumping ')).length === group.length;
      report.line(ok, `dump of ${group.length} .${suffix} of ${kind} partitions${records ? `, ${records} records` : ''}${ok ? '' : `: ${complaint ?? missing.join(', ')} (ended with ${code})\n${text.slice(-800)}`}`);
    }
  }
  return figures;
}

const suffixOf = (file) => file.slice(file.lastIndexOf('.') + 1);
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
