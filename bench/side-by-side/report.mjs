// What is printed at the end: a table, the distributions, and a JSON line for each case and metric.
import { describe } from './cases.mjs';
import { goal, reached, summary } from './pairs.mjs';
import { picture } from './picture.mjs';

const UNITS = {
  throughput: 'MB/s', cpu_s_per_mb: 'CPU s/MB', client_cpu_s_per_mb: 'CPU s/MB', rss_loaded_mib: 'MiB', rss_idle_mib: 'MiB', e2e_p99_ms: 'ms', e2e_p50_ms: 'ms', e2e_p999_ms: 'ms', start_ms: 'ms',
  topics_created_s: 's', topics_usable_s: 's', connected_s: 's', rss_connections_mib: 'MiB', kib_per_connection: 'KiB',
};
const PICTURED = ['throughput', 'e2e_p99_ms', 'start_ms', 'topics_created_s', 'topics_usable_s', 'connected_s'];

export const summaries = (results) => results.flatMap(({ definition, metrics }) => metrics.map(({ metric, pairs }) => summary(definition.name, metric, pairs)));

function verdict(line) {
  const wanted = goal(line);
  if (wanted === null) return '';
  const text = wanted.atLeast === undefined ? `≤ ${wanted.atMost}` : `≥ ${wanted.atLeast}`;
  return `${reached(wanted, line.ratio) ? '✓' : '✗'} ${text}`;
}

function table(lines) {
  const rows = [['case', 'metric', 'ours', 'Kafka', 'unit', 'ratio', 'to reach'], ...lines.map((line) => [line.case, line.metric, String(line.ours), String(line.kafka), UNITS[line.metric] ?? '', line.ratio.toFixed(2), verdict(line)])];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => ([2, 3, 5].includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd());
}

/** Lines to print. */
export function report(results) {
  const lines = summaries(results);
  const strips = results.flatMap(({ definition, metrics }) => metrics.filter(({ metric }) => PICTURED.includes(metric)).flatMap(({ metric, pairs }) => picture(`${definition.name} ${metric}`, UNITS[metric], pairs)));
  const noisy = results.filter(({ noise }) => Math.max(...noise) > 0.1).map(({ definition, noise }) => `  ${definition.name}: up to ${Math.round(Math.max(...noise) * 100)} % of the machine`);
  return [
    ...table(lines), '',
    ...strips, '',
    ...(noisy.length === 0 ? [] : ['Others worked on this machine during:', ...noisy, '']),
    ...results.map(({ definition }) => [definition, describe(definition)]).filter(([, text]) => text !== '').map(([definition, text]) => `${definition.name}: ${text}`), '',
    ...lines.map((line) => JSON.stringify(line)),
  ];
}
