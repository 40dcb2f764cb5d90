import type { MetricFamily, MetricKind, MetricSample, Metrics, MetricSource } from './api.js';

/** A family of numbers that are told apart by labels; a number alone has none. */
export function family(kind: MetricKind, name: string, help: string, values: number | Iterable<readonly [Record<string, string>, number]>): MetricFamily {
  const sample = (labels: Record<string, string>, value: number): MetricSample => ({ suffix: '', labels: Object.entries(labels).map(([label, text]) => ({ name: label, value: text })), value });
  return { name, help, kind, samples: typeof values === 'number' ? [sample({}, values)] : [...values].map(([labels, value]) => sample(labels, value)) };
}

export function createMetrics(): Metrics {
  const sources: MetricSource[] = [];
  return {
    add: (source) => { sources.push(source); },
    gather() {
      const families = new Map<string, MetricFamily>();
      for (const found of sources.flatMap((source) => source())) {
        const known = families.get(found.name);
        families.set(found.name, known === undefined ? found : { ...known, samples: [...known.samples, ...found.samples] });
      }
      return [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
