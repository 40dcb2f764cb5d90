/**
 * What a broker can be asked of itself. Hot paths add to plain numbers that they own; nothing is gathered, sorted or formatted until somebody asks.
 * Families and samples are those of Prometheus' text format, units last in names (`_bytes`, `_seconds`, `_total`).
 */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricSample {
  /** After the family's name: of a histogram `_bucket`, `_sum`, `_count`; else empty. */
  suffix: string;
  labels: readonly { name: string; value: string }[];
  value: number;
}

export interface MetricFamily { name: string; help: string; kind: MetricKind; samples: readonly MetricSample[] }

/** Asked at each gathering; runs in one turn and holds nothing. */
export type MetricSource = () => readonly MetricFamily[];

export interface Metrics {
  add(source: MetricSource): void;
  /** Families by name, each once. */
  gather(): MetricFamily[];
}
