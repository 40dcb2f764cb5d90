import { addMember, newGroup, type ClassicGroup } from './classic-group.js';
import { selectProtocol, supportsProtocols } from './protocol-selection.js';

const protocols = (names: string) => names.split(' ').map((name) => ({ name, metadata: Buffer.alloc(0) }));

function groupOf(...members: string[]): ClassicGroup {
  const group = newGroup('g', 0);
  members.forEach((names, index) => addMember(group, {
    memberId: `m${index}`, instanceId: null, clientId: '', clientHost: '', rebalanceTimeoutMs: 1, sessionTimeoutMs: 1, protocols: protocols(names),
    assignment: Buffer.alloc(0), isNew: false, joinRequest: null, syncRequest: null,
  }, 'consumer'));
  return { ...group, state: 'Stable' };
}

describe('choice of a protocol', () => {
  it.each([
    [['range'], 'range'],
    [['range sticky', 'sticky range', 'sticky range'], 'sticky'],
    [['range sticky', 'sticky'], 'sticky'],
    [['a b c', 'c b', 'b c'], 'b'],
    [['a b', 'b a'], 'a'],
  ])('%j: %s', (members, chosen) => {
    expect(selectProtocol(groupOf(...members))).toBe(chosen);
  });

  it('wants a protocol that all members offer', () => {
    const group = groupOf('range sticky', 'sticky');
    expect(supportsProtocols(group, 'consumer', protocols('sticky other'))).toBe(true);
    expect(supportsProtocols(group, 'consumer', protocols('range'))).toBe(false);
    expect(supportsProtocols(group, 'connect', protocols('sticky'))).toBe(false);
    expect(supportsProtocols({ ...newGroup('g', 0), protocolType: 'consumer' }, 'connect', protocols('x'))).toBe(true);
  });
});
