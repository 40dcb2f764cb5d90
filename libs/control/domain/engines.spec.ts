import { expect, it } from '@jest/globals';
import { placeOf, resolveEngine, rolesOf, type EngineOffer } from './index.js';

const capabilities = { flushModes: ['os'], brokersPerClusterMax: 3, transactions: true, diskLimit: false, lifeCycle: true, keys: 'file', namingPolicy: true, scramUsers: false, logDetails: false } as const;
const offer: EngineOffer = {
  engine: 'machine', title: 'A machine', region: 'machine', isProvisioned: true, versions: [], brokersMax: 3, controllersMax: 0, heapMb: null, takesConfigs: false, flushModes: ['os'], capabilities, problem: null,
};
const rolesIn = (offered: EngineOffer, brokers = 3): string[] => Array.from({ length: brokers }, (_, index) => rolesOf(index + 1, resolveEngine({ brokers }, offered, 'LOW')).join());

it('calls no node a controller where a service beside them keeps the metadata', () => {
  expect(rolesIn(offer)).toEqual(['broker,controller', 'broker,controller', 'broker,controller']);
  expect(rolesIn({ ...offer, hasOutsideMetadata: true })).toEqual(['broker', 'broker', 'broker']);
});

it('has three voters among the brokers, or one where there are fewer; none where controllers stand apart', () => {
  const larger = { ...offer, brokersMax: 5 };
  expect([1, 2, 3, 4, 5].map((brokers) => rolesIn(larger, brokers).filter((roles) => roles === 'broker,controller').length)).toEqual([1, 1, 3, 3, 3]);
  expect([1, 2, 3, 1001, 1002, 1003].map((nodeId) => rolesOf(nodeId, { brokers: 3, controllers: 3 }).join())).toEqual(['broker', 'broker', 'broker', 'controller', 'controller', 'controller']);
});

it('tells which nodes were there from the beginning, and spreads them over racks', () => {
  expect([1, 2, 3, 4, 1001].map((nodeId) => placeOf(nodeId, { firstBrokers: 2, availability: 'HIGH' }))).toEqual([
    { rack: 'zone-1', isFirst: true }, { rack: 'zone-2', isFirst: true }, { rack: 'zone-3', isFirst: false }, { rack: 'zone-1', isFirst: false }, { rack: 'zone-1', isFirst: true },
  ]);
  expect(placeOf(1, { firstBrokers: 1, availability: 'LOW' }).rack).toBeNull();
});
