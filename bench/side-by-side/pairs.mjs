// What pairs of runs say. Pure.

export function median(values) {
  if (values.length === 0) throw new Error('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each pair by itself: what slowed the machine for a while slowed both of its runs. */
export const ratios = (pairs) => pairs.map(({ ours, kafka }) => ours / kafka);

/** The line that stands for a case and a metric; `ratio` is the median of the pairs' ratios, not the ratio of the medians. */
export function summary(name, metric, pairs) {
  return {
    case: name, metric, ours: round(median(pairs.map(({ ours }) => ours))), kafka: round(median(pairs.map(({ kafka }) => kafka))), ratio: round(median(ratios(pairs))),
  };
}

/** Four digits that mean something. */
export function round(value) {
  return Number(value.toPrecision(4));
}

/** Which side begins a pair: in turns, so that neither always has the machine that the other left. */
export const orderOf = (pair) => (pair % 2 === 0 ? ['ours', 'kafka'] : ['kafka', 'ours']);

/** What a compared line has to reach; null for the others. Fsync on both sides is the page cache's measure. */
export function goal({ case: name, metric }) {
  if (metric === 'throughput') return name.startsWith('consume-start') ? { atLeast: 0.8 } : { atLeast: 1 };
  if (metric === 'e2e_p99_ms') return { atMost: 1 };
  if (metric !== 'cpu_s_per_mb') return null;
  if (/^produce-100b-default/.test(name)) return { atMost: 1 };
  return /^produce-1k-128k/.test(name) ? { atMost: 1.5 } : null;
}

export function reached({ atLeast = -Infinity, atMost = Infinity }, ratio) {
  return ratio >= atLeast && ratio <= atMost;
}
