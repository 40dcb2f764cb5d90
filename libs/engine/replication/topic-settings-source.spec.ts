import type { ConfigMap, MetadataImage } from '../controller/index.js';
import { createTopicSettingsSource } from './topic-settings-source.js';

/** An image of settings alone: by resource type and name. */
function image(configs: Record<string, Record<string, string>> = {}): MetadataImage {
  const maps = new Map<string, ConfigMap>(Object.entries(configs).map(([key, values]) => [key, new Map(Object.entries(values))]));
  return { configs: (resourceType: number, name: string) => maps.get(`${resourceType}:${name}`) ?? new Map() } as Partial<MetadataImage> as MetadataImage;
}

describe('the settings of topics', () => {
  const own = { '2:own': { 'segment.bytes': '2000' } };

  it('are one object for all topics without settings of their own, also in later images', () => {
    const source = createTopicSettingsSource(1, new Map());
    const first = source.settings(image(own), 'a');
    expect(source.settings(image(own), 'b')).toBe(first);
    expect(source.settings(image(own), 'own')).not.toBe(first);
    expect(source.settings(image(own), 'own').log.segmentBytes).toBe(2000);
    expect(source.settings(image(own), 'a')).toBe(first);
  });

  it('stay the same object until something changes, of the topic or of the broker', () => {
    const source = createTopicSettingsSource(1, new Map());
    const before = image(own);
    const [plain, special] = [source.settings(before, 'a'), source.settings(before, 'own')];
    const after = image({ ...own, '4:1': { 'log.retention.ms': '5' }, '4:2': { 'log.retention.ms': '6' } });
    expect(source.settings(after, 'own')).not.toBe(special);
    expect(source.settings(after, 'own').log).toMatchObject({ segmentBytes: 2000, retentionMs: 5 });
    expect(source.settings(after, 'a').log.retentionMs).toBe(5);
    expect(source.settings(before, 'a')).toEqual(plain);
    expect(source.settings(image({ ...own, '4:': { 'log.retention.ms': '7' } }), 'a').log.retentionMs).toBe(7);
  });

  it('are those of the others again once a topic has lost its own, and its own again when they come back', () => {
    const source = createTopicSettingsSource(1, new Map([['log.segment.bytes', '3000']]));
    expect(source.settings(image(own), 'own').log.segmentBytes).toBe(2000);
    expect(source.settings(image(), 'own').log.segmentBytes).toBe(3000);
    expect(source.settings(image(), 'own')).toBe(source.settings(image(), 'a'));
    expect(source.settings(image(own), 'own').log.segmentBytes).toBe(2000);
  });
});
