import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../ports.js';

export function createNodeRandom(): Random {
  return { int: (below) => randomInt(below), bytes: (length) => randomBytes(length) };
}
