import { brokerConfig } from './dynamic-broker-config.js';

const lookup = (own: Record<string, string>, everywhere: Record<string, string>, properties: Record<string, string>) => brokerConfig(
  { configs: (_type, name) => new Map(Object.entries(name === '1' ? own : everywhere)) }, { nodeId: 1, properties: new Map(Object.entries(properties)) },
);

describe('a broker setting in force', () => {
  it('is the nearest that was set', () => {
    const name = 'log.cleaner.threads';
    expect(lookup({}, {}, {}).number(name)).toBe(1);
    expect(lookup({}, {}, { [name]: '2' }).number(name)).toBe(2);
    expect(lookup({}, { [name]: '3' }, { [name]: '2' }).number(name)).toBe(3);
    expect(lookup({ [name]: '4' }, { [name]: '3' }, { [name]: '2' }).number(name)).toBe(4);
  });
  it('falls through what can not be read', () => { expect(lookup({ 'log.cleaner.backoff.ms': 'soon' }, {}, { 'log.cleaner.backoff.ms': '7' }).number('log.cleaner.backoff.ms')).toBe(7); });
  it('tells set values from defaults', () => {
    expect(lookup({}, {}, {}).setText('max.connections')).toBeNull();
    expect(lookup({}, { 'max.connections': '9' }, {}).setText('max.connections')).toBe('9');
    expect(lookup({}, {}, {}).number('log.cleaner.io.max.bytes.per.second')).toBe(Number.MAX_SAFE_INTEGER);
    expect([lookup({}, {}, {}).boolean('log.cleaner.enable'), lookup({}, {}, { 'log.cleaner.enable': 'FALSE' }).boolean('log.cleaner.enable')]).toEqual([true, false]);
  });
});
