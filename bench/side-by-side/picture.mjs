// Distributions as text: one strip a side on a common scale, every run a dot, the middle half of them a bar, the median a stroke. Pure.
import { median, round } from './pairs.mjs';

const WIDTH = 60;

function quartiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.ceil(sorted.length / 2);
  return [median(sorted.slice(0, half)), median(sorted.slice(-half))];
}

function strip(values, low, high, width) {
  const at = (value) => (high === low ? 0 : Math.round((value - low) / (high - low) * (width - 1)));
  const cells = Array(width).fill(' ');
  const [first, third] = quartiles(values);
  for (let cell = at(first); cell <= at(third); cell++) cells[cell] = '─';
  for (const value of values) cells[at(value)] = '•';
  cells[at(median(values))] = '┃';
  return cells.join('').trimEnd();
}

/** Lines: the title with the scale, then a strip for each side. Scales begin at zero, so that lengths are amounts. */
export function picture(title, unit, pairs, width = WIDTH) {
  const sides = { ours: pairs.map(({ ours }) => ours), kafka: pairs.map(({ kafka }) => kafka) };
  const high = Math.max(...sides.ours, ...sides.kafka);
  return [
    `${title}, ${unit}: 0 … ${round(high)}`,
    ...Object.entries(sides).map(([name, values]) => `  ${name.padEnd(5)} ▏${strip(values, 0, high, width)}`),
  ];
}
