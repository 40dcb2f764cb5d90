import { describe, expect, it } from '@jest/globals';
import { canMove, clusterPhases } from './cluster.states.js';

describe('phases of a cluster', () => {
  const legal = new Set([
    'PROVISIONING>PROVISIONED', 'PROVISIONING>FAILED', 'PROVISIONING>DELETING',
    'PROVISIONED>FAILED', 'PROVISIONED>DELETING',
    'FAILED>PROVISIONING', 'FAILED>PROVISIONED', 'FAILED>DELETING',
  ]);
  it.each(clusterPhases.flatMap((from) => clusterPhases.map((to) => [from, to] as const)))('%s to %s', (from, to) => {
    expect(canMove(from, to)).toBe(from === to || legal.has(`${from}>${to}`));
  });
});
