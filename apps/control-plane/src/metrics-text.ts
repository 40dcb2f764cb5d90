/** Prometheus' text format, version 0.0.4. */
export interface TextSample { suffix: string; labels: readonly { name: string; value: string }[]; value: number }
export interface TextFamily { name: string; help: string; kind: string; samples: readonly TextSample[] }

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const KINDS: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function sampleLine(family: string, { suffix, labels, value }: TextSample): string {
  const named = labels.filter(({ name }) => NAME.test(name)).map(({ name, value: text }) => `${name}="${escapeLabel(text)}"`).join(',');
  return `${family}${suffix}${named === '' ? '' : `{${named}}`} ${numberText(value)}\n`;
}

/** Families of one name become one; what is no name of a metric is left out: a broker of another build may say anything. */
export function formatMetrics(families: Iterable<TextFamily>): string {
  const byName = new Map<string, { help: string; kind: string; lines: string[] }>();
  for (const { name, help, kind, samples } of families) {
    if (!NAME.test(name) || !KINDS.has(kind)) continue;
    let family = byName.get(name);
    if (family === undefined) byName.set(name, family = { help, kind, lines: [] });
    if (family.kind === kind) for (const sample of samples) family.lines.push(sampleLine(name, sample));
  }
  return [...byName].filter(([, { lines }]) => lines.length > 0).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { help, kind, lines }]) => `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n${lines.join('')}`).join('');
}
