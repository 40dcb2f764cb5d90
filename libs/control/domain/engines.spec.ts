import { expect, it } from '@jest/globals';
import { nodeOf, resolveEngine, type EngineOffer } from './index.js';

const capabilities = { flushModes: ['os'], brokersPerClusterMax: 3, transactions: true, diskLimit: false, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: false, logDetails: false } as const;
const offer: EngineOffer = {
  engine: 'machine', title: 'A machine', region: 'machine', isProvisioned: true, versions: [], brokersMax: 3, controllersMax: 0, heapMb: null, takesConfigs: false, flushModes: ['os'], capabilities, problem: null,
};
const rolesOf = (offered: EngineOffer): string[] => [1, 2, 3].map((nodeId) => nodeOf(nodeId, { ...resolveEngine({ brokers: 3 }, offered, 'LOW'), firstBrokers: 3, availability: 'LOW' }).roles.join());

it('calls no node a controller where a service beside them keeps the metadata', () => {
  expect(rolesOf(offer)).toEqual(['broker,controller', 'broker,controller', 'broker,controller']);
  expect(rolesOf({ ...offer, hasOutsideMetadata: true })).toEqual(['broker', 'broker', 'broker']);
});
